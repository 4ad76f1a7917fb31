namespace Egress.TestKit.Zip;

/// <summary>The independent readers that must accept every archive.</summary>
public static class ZipReaders
{
    /// <summary>Info-ZIP's <c>unzip</c>, which reads a file.</summary>
    public static ZipReader Unzip { get; } = new ProgramZipReader("unzip", "unzip")
    {
        Arguments = (archive, folder, _) => folder is null ? ["-tqq", archive] : ["-qq", archive, "-d", folder],
    };

    /// <summary>7-Zip, which reads a file.</summary>
    public static ZipReader SevenZip { get; } = new ProgramZipReader("7zz", "7zz")
    {
        Encrypted = true,
        Arguments = (archive, folder, password) =>
            [folder is null ? "t" : "x", "-y", "-bd", $"-p{password ?? "none"}", .. folder is null ? Array.Empty<string>() : [$"-o{folder}"], archive],
    };

    /// <summary>libarchive's <c>bsdtar</c>, which reads a file.</summary>
    public static ZipReader BsdTar { get; } = new ProgramZipReader("bsdtar", "bsdtar") { Encrypted = true, Arguments = BsdTarArguments };

    /// <summary>libarchive's <c>bsdtar</c>, which reads a pipe, and therefore in order.</summary>
    public static ZipReader BsdTarPipe { get; } = new ProgramZipReader("bsdtar from a pipe", "bsdtar")
    {
        Encrypted = true,
        Piped = true,
        Arguments = BsdTarArguments,
    };

    /// <summary>Python's <c>zipfile</c>.</summary>
    public static ZipReader Python { get; } = new ProgramZipReader("Python zipfile", "python3")
    {
        Arguments = (archive, folder, _) =>
            ["-c", "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nif len(sys.argv)>2: z.extractall(sys.argv[2])",
                archive, .. folder is null ? Array.Empty<string>() : [folder]],
    };

    /// <summary><c>java.util.zip.ZipFile</c>.</summary>
    public static ZipReader JavaFile { get; } = new JavaZipReader("Java ZipFile", streaming: false);

    /// <summary><c>java.util.zip.ZipInputStream</c>, which cannot read stored entries with a data descriptor.</summary>
    public static ZipReader JavaStream { get; } = new JavaZipReader("Java ZipInputStream", streaming: true);

    /// <summary>SharpZipLib's <c>ZipFile</c>.</summary>
    public static ZipReader SharpZipLib { get; } = new SharpZipLibReader();

    /// <summary><see cref="System.IO.Compression.ZipArchive"/>.</summary>
    public static ZipReader ZipArchive { get; } = new ZipArchiveReader();

    /// <summary>All readers.</summary>
    public static IReadOnlyList<ZipReader> All { get; } =
        [Unzip, SevenZip, BsdTar, BsdTarPipe, Python, JavaFile, JavaStream, SharpZipLib, ZipArchive];

    /// <summary>
    /// Returns the arguments of bsdtar. To test an archive, bsdtar converts it to a tar archive that is discarded, because the option <c>-t</c> would
    /// not read the data.
    /// </summary>
    private static string[] BsdTarArguments(string archive, string? folder, string? password) =>
        [.. password is null ? [] : new[] { "--passphrase", password }, .. folder is null ? new[] { "-cf", "/dev/null", $"@{archive}" } : ["-xf", archive, "-C", folder]];
}
