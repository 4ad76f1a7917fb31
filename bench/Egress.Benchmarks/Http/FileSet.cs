using System.Globalization;
using Egress.Benchmarks.Engine;

namespace Egress.Benchmarks.Http;

/// <summary>Files that are downloaded as one archive. They are the same on every machine.</summary>
/// <param name="Name">Name of the set, and of its folder.</param>
/// <param name="Files">Number of files.</param>
/// <param name="FileSize">Bytes of each file.</param>
/// <param name="Extension">Extension with its dot. With the default settings, Egress stores types without compression that are already compressed.</param>
internal sealed record FileSet(string Name, int Files, int FileSize, string Extension)
{
    private const int Mebi = 1 << 20;

    /// <summary>A set of many files of medium size, such as photos.</summary>
    public static FileSet A { get; } = new("a", 1000, 64 << 10, ".jpg");

    /// <summary>A set of few large files, such as films.</summary>
    public static FileSet B { get; } = new("b", 4, 512 * Mebi, ".mp4");

    /// <summary>A set of text files. It is the only set that is compressed.</summary>
    public static FileSet C { get; } = new("c", 200, 256 * Mebi / 200, ".txt");

    /// <summary>A set of very many small files, such as icons.</summary>
    public static FileSet D { get; } = new("d", 20000, 4 << 10, ".png");

    /// <summary>All sets.</summary>
    public static IReadOnlyList<FileSet> All { get; } = [A, B, C, D];

    /// <summary>The sum of the bytes of all files.</summary>
    public long Length => (long)Files * FileSize;

    public bool IsText => this == C;

    /// <summary>The heading of the set in reports.</summary>
    public string Title => $"{Name.ToUpperInvariant()}: {Files.ToString("N0", CultureInfo.InvariantCulture)} files of {Size(FileSize)}, {(IsText ? "text" : "random")}";

    /// <summary>Names of the files, in the order of the archive.</summary>
    public IEnumerable<string> Names => Enumerable.Range(0, Files).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i:00000}{Extension}"));

    /// <summary>Writes the files, unless they exist.</summary>
    /// <param name="root">Parent folder of the sets.</param>
    public async Task CreateAsync(string root)
    {
        var folder = Path.Combine(root, Name);
        if (Directory.Exists(folder))
        {
            return;
        }

        Console.Error.WriteLine($"Writing set {Title}");
        var draft = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
        var buffer = IsText ? [] : new byte[FileSize];
        var seed = 1UL;
        foreach (var name in Names)
        {
            if (IsText)
            {
                buffer = SampleContent.Text(FileSize, seed++);
            }
            else
            {
                SampleContent.FillRandom(buffer, seed++);
            }

            await File.WriteAllBytesAsync(Path.Combine(draft, name), buffer);
        }

        Directory.Move(draft, folder);
    }

    private static string Size(int bytes) => bytes >= Mebi ? $"{(double)bytes / Mebi:0.##} MiB" : $"{bytes >> 10} KiB";
}
