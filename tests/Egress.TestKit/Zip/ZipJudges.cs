namespace Egress.TestKit.Zip;

/// <summary>Every independent reader that an archive has to please.</summary>
public static class ZipJudges
{
    /// <summary>Info-ZIP.</summary>
    public static ZipJudge Unzip { get; } = new ProgramJudge("unzip", "unzip")
    {
        Arguments = (archive, folder, _) => folder is null ? ["-tqq", archive] : ["-qq", archive, "-d", folder],
    };

    /// <summary>7-Zip.</summary>
    public static ZipJudge SevenZip { get; } = new ProgramJudge("7zz", "7zz")
    {
        Encrypted = true,
        Arguments = (archive, folder, password) =>
            [folder is null ? "t" : "x", "-y", "-bd", $"-p{password ?? "none"}", .. folder is null ? Array.Empty<string>() : [$"-o{folder}"], archive],
    };

    /// <summary>libarchive on a file.</summary>
    public static ZipJudge BsdTar { get; } = new ProgramJudge("bsdtar", "bsdtar") { Encrypted = true, Arguments = BsdTarArguments };

    /// <summary>libarchive on a pipe: it sees only what comes in order.</summary>
    public static ZipJudge BsdTarPipe { get; } = new ProgramJudge("bsdtar from a pipe", "bsdtar")
    {
        Encrypted = true,
        Piped = true,
        Arguments = BsdTarArguments,
    };

    /// <summary>Python's <c>zipfile</c>.</summary>
    public static ZipJudge Python { get; } = new ProgramJudge("Python zipfile", "python3")
    {
        Arguments = (archive, folder, _) =>
            ["-c", "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nif len(sys.argv)>2: z.extractall(sys.argv[2])",
                archive, .. folder is null ? Array.Empty<string>() : [folder]],
    };

    /// <summary><c>java.util.zip.ZipFile</c>.</summary>
    public static ZipJudge JavaFile { get; } = new JavaJudge("Java ZipFile", streaming: false);

    /// <summary><c>java.util.zip.ZipInputStream</c>, which cannot read stored entries with a descriptor.</summary>
    public static ZipJudge JavaStream { get; } = new JavaJudge("Java ZipInputStream", streaming: true);

    /// <summary>SharpZipLib's <c>ZipFile</c>.</summary>
    public static ZipJudge SharpZipLib { get; } = new SharpZipLibJudge();

    /// <summary><see cref="System.IO.Compression.ZipArchive"/>.</summary>
    public static ZipJudge ZipArchive { get; } = new ZipArchiveJudge();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ZipJudge> All { get; } =
        [Unzip, SevenZip, BsdTar, BsdTarPipe, Python, JavaFile, JavaStream, SharpZipLib, ZipArchive];

    /// <summary>A test turns the archive into a tar that goes nowhere: <c>-t</c> would not read the data.</summary>
    private static string[] BsdTarArguments(string archive, string? folder, string? password) =>
        [.. password is null ? [] : new[] { "--passphrase", password }, .. folder is null ? new[] { "-cf", "/dev/null", $"@{archive}" } : ["-xf", archive, "-C", folder]];
}
