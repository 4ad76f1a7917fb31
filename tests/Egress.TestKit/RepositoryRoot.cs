namespace Egress.TestKit;

/// <summary>The repository from which the running tests were built.</summary>
public static class RepositoryRoot
{
    /// <summary>Absolute path of the repository.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests run outside of the repository.</exception>
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
