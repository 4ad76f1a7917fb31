namespace Egress.TestKit;

/// <summary>The repository that contains the running tests.</summary>
public static class RepositoryRoot
{
    /// <summary>Absolute path of the repository.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests are not in a folder of the repository.</exception>
    public static string Path => Find() ?? throw new DirectoryNotFoundException($"No Egress.sln above {AppContext.BaseDirectory}.");

    internal static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Egress.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
