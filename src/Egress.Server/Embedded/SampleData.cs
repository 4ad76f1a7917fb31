using Egress.Records;
using Egress.Storage.Local;

namespace Egress.Server.Embedded;

/// <summary>Three pictures and one record, so that the first start has something to download.</summary>
internal static class SampleData
{
    /// <summary>Id of the sample record.</summary>
    public const string RecordId = "sample";

    private const string Bucket = "samples";

    // Egress stores pictures without compression. So the length of the sample archive is known, and its download can be resumed.
    private static readonly string[] Keys = ["dawn.png", "noon.png", "ünï/日本.png"];

    /// <summary>Writes the files and the record unless the sample folder exists, so that changes and deletions by the user persist.</summary>
    public static async Task CreateOnceAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        var root = (settings.Storage as LocalOptions)?.Root ?? throw new InvalidOperationException("Embedded storage without a folder.");
        var bucket = Path.Combine(root, Bucket);
        if (Directory.Exists(bucket))
        {
            return;
        }

        // The folder is renamed to its final name at the end, so that the next start repeats an interrupted creation. The temporary name has a GUID
        // instead of the process id, because the id is 1 in each of several containers that share a volume.
        var draft = Directory.CreateDirectory($"{bucket}.{Guid.NewGuid():N}").FullName;
        foreach (var (number, key) in Keys.Index())
        {
            var path = Path.Combine(draft, key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, SamplePicture.Draw(number), cancellationToken);
        }

        await StoreRecordAsync(settings, cancellationToken);
        try
        {
            Directory.Move(draft, bucket);
        }
        catch (IOException) when (Directory.Exists(bucket))
        {
            // Another process, which started at the same time, has created the folder.
            Directory.Delete(draft, recursive: true);
        }
    }

    private static async Task StoreRecordAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        var record = new DownloadRecord
        {
            Id = RecordId,
            Bucket = Bucket,
            Name = "egress-sample",
            Objects = [.. Keys.Select(static key => new ObjectItem(key) { Name = key })],
        };
        await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, cancellationToken);
    }
}
