using Egress.Records;
using Egress.Settings;

namespace Egress.Server.Embedded;

/// <summary>A few files and one record, so that the first start has something to download.</summary>
internal static class SampleData
{
    /// <summary>Id of the sample record.</summary>
    public const string RecordId = "sample";

    private const string Bucket = "samples";

    private static readonly (string Key, string Text)[] Files =
    [
        ("hello.txt", "Hello from Egress: this file was put into a ZIP while you downloaded it.\n"),
        ("notes/second.txt", "Records say which objects belong into an archive. This one lives in the SQLite file beside this folder.\n"),
        ("ünï/日本.txt", "Names outside ASCII are kept.\n"),
        ("table.csv", "city,inhabitants\nBern,134290\nTōkyō,13988129\n"),
    ];

    /// <summary>Writes files and record unless the sample folder exists: what a user has deleted or changed stays so.</summary>
    public static async Task CreateOnceAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        var root = settings.Storage.LocalPath ?? throw new InvalidOperationException("Embedded storage without a folder.");
        var bucket = Path.Combine(root, Bucket);
        if (Directory.Exists(bucket))
        {
            return;
        }

        // The folder appears last, under its final name: a start that was broken off is made again.
        var draft = Directory.CreateDirectory($"{bucket}.{Environment.ProcessId}").FullName;
        foreach (var (key, text) in Files)
        {
            var path = Path.Combine(draft, key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }

        await StoreRecordAsync(settings, cancellationToken);
        Directory.Move(draft, bucket);
    }

    private static async Task StoreRecordAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        var record = new DownloadRecord
        {
            Id = RecordId,
            Bucket = Bucket,
            Name = "egress-sample",
            Objects = [.. Files.Select(static file => new ObjectItem(file.Key) { Name = file.Key })],
        };
        await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, cancellationToken);
    }
}
