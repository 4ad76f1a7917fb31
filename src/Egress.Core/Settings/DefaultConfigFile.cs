namespace Egress.Settings;

/// <summary>Finds the configuration file if the operator named none.</summary>
internal static class DefaultConfigFile
{
    private const string Name = ".env";

    /// <summary>The names of files and folders that mark the root of a repository, which may be that of Egress or of the operator's own project.</summary>
    private static readonly string[] RootMarks = [".git", "Egress.sln"];

    /// <summary>Looks for <c>.env</c> in a folder, then in the folders above it up to the root of the repository.</summary>
    /// <remarks>
    /// <c>dotnet run</c> starts the server in the project's folder, while developers keep <c>.env</c> at the root of the repository. Outside of a
    /// repository only the folder itself is searched, so that the file of another application in a parent folder is not read.
    /// </remarks>
    /// <param name="folder">The folder where the search begins.</param>
    /// <returns>The full path of the nearest file; null if there is none.</returns>
    public static string? Find(string folder)
    {
        var start = new DirectoryInfo(Path.GetFullPath(folder));
        var toRoot = new List<DirectoryInfo>();
        for (var above = start; above is not null; above = above.Parent)
        {
            toRoot.Add(above);
            if (Array.Exists(RootMarks, mark => Path.Exists(Path.Combine(above.FullName, mark))))
            {
                return toRoot.Select(PathIn).FirstOrDefault(File.Exists);
            }
        }

        return File.Exists(PathIn(start)) ? PathIn(start) : null;
    }

    private static string PathIn(DirectoryInfo folder) => Path.Combine(folder.FullName, Name);
}
