using System.Globalization;

namespace Egress.Benchmarks.Ranges;

/// <summary>A folder with a million files of 100 bytes. They are sparse, so that they take no space on the disk.</summary>
internal static class MillionFiles
{
    /// <summary>Name of the bucket, which is a folder in the storage's root folder.</summary>
    public const string Bucket = "million";

    private const int Folders = 1000;
    private const int FilesInFolder = 1000;
    private const int FileSize = 100;

    /// <summary>Writes the files, unless they exist.</summary>
    /// <param name="root">Folder of the sets.</param>
    public static void Create(string root)
    {
        var folder = Path.Combine(root, Bucket);
        if (Directory.Exists(folder))
        {
            return;
        }

        Console.Error.WriteLine("Writing a million files");
        var draft = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
        Parallel.For(0, Folders, number =>
        {
            var inner = Directory.CreateDirectory(Path.Combine(draft, "p", number.ToString("000", CultureInfo.InvariantCulture))).FullName;
            for (var i = 0; i < FilesInFolder; i++)
            {
                using var file = File.OpenHandle(
                    Path.Combine(inner, string.Create(CultureInfo.InvariantCulture, $"IMG_{(number * FilesInFolder) + i:0000000}.jpg")), FileMode.CreateNew, FileAccess.Write);
                RandomAccess.SetLength(file, FileSize);
            }
        });
        Directory.Move(draft, folder);
    }
}
