namespace Egress.TestKit;

/// <summary>Where the sources are that the running tests were built from.</summary>
public static class RepositoryRoot
{
    /// <summary>Absolute path of the repository.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests run outside of it.</exception>
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
