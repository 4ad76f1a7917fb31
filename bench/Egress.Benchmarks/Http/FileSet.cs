using System.Globalization;
using Egress.Benchmarks.Engine;

namespace Egress.Benchmarks.Http;

/// <summary>Files that are downloaded as one archive; the same on every machine.</summary>
/// <param name="Name">Name of the set, and of its folder.</param>
/// <param name="Files">How many.</param>
/// <param name="FileSize">Bytes of each.</param>
/// <param name="Extension">Extension, with dot. At the default level Egress stores types that are already compressed.</param>
internal sealed record FileSet(string Name, int Files, int FileSize, string Extension)
{
    private const int Mebi = 1 << 20;

    /// <summary>Many files of medium size, such as photos.</summary>
    public static FileSet A { get; } = new("a", 1000, 64 << 10, ".jpg");

    /// <summary>Few large files, such as films.</summary>
    public static FileSet B { get; } = new("b", 4, 512 * Mebi, ".mp4");

    /// <summary>Text: the only set that is compressed.</summary>
    public static FileSet C { get; } = new("c", 200, 256 * Mebi / 200, ".txt");

    /// <summary>Very many small files, such as icons.</summary>
    public static FileSet D { get; } = new("d", 20000, 4 << 10, ".png");

    /// <summary>All sets.</summary>
    public static IReadOnlyList<FileSet> All { get; } = [A, B, C, D];

    /// <summary>The sum of the bytes of all files.</summary>
    public long Length => (long)Files * FileSize;

    public bool IsText => this == C;

    /// <summary>Describes the set in headings.</summary>
    public string Title => $"{Name.ToUpperInvariant()}: {Files.ToString("N0", CultureInfo.InvariantCulture)} files of {Size(FileSize)}, {(IsText ? "text" : "random")}";

    /// <summary>Names of the files, in order.</summary>
    public IEnumerable<string> Names => Enumerable.Range(0, Files).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i:00000}{Extension}"));

    /// <summary>Writes the files, unless they exist.</summary>
    /// <param name="root">Folder of the sets.</param>
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
