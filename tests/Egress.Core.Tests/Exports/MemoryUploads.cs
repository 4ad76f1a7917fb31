using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Hashing;
using Egress.Backends;
using Egress.Core.Tests.Downloads;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Uploads in memory that several processes share.</summary>
/// <param name="source">Objects from which parts can be copied.</param>
/// <param name="step">Called before and after each change.</param>
internal sealed class MemoryUploads(ScriptedStorage source, Action step) : IObjectUploads, ICopyingUploads
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, KeptPart>> _uploads = [];
    private readonly ConcurrentDictionary<string, string> _made = [];
    private int _last;

    public UploadLimits Limits { get; set; } = new(1, 10_000);

    public ConcurrentDictionary<string, byte[]> Objects { get; } = [];

    /// <summary>Length and hash of each part of the objects.</summary>
    public ConcurrentDictionary<string, List<(long Length, UInt128 Hash)>> Hashes { get; } = [];

    /// <summary>Whether only the hashes of parts are kept, not their bytes.</summary>
    public bool OnlyHashes { get; set; }

    /// <summary>Number of uploads that are neither completed nor aborted.</summary>
    public int Unfinished => _uploads.Count;

    /// <summary>Number of uploads that were begun.</summary>
    public int Begun => _last;

    /// <summary>The numbers of the stored parts, in the order in which they were stored.</summary>
    public ConcurrentQueue<int> Kept { get; } = [];

    /// <summary>The copied parts, in the order in which they were copied.</summary>
    public ConcurrentQueue<CopiedRange> Copied { get; } = [];

    /// <summary>Whether the storage copies parts on request. Otherwise it refuses.</summary>
    public bool Copies { get; set; } = true;

    /// <summary>Number of requests to copy a part.</summary>
    public int CopyRequests { get; private set; }

    /// <summary>Called before an upload is completed.</summary>
    public Func<Task> BeforeComplete { get; set; } = () => Task.CompletedTask;

    /// <summary>Called before lost uploads are looked for.</summary>
    public Func<Task> BeforeAbortLost { get; set; } = () => Task.CompletedTask;

    /// <summary>Called before a link is made.</summary>
    public Action BeforeLink { get; set; } = () => { };

    /// <summary>Called before an upload is aborted.</summary>
    public Action BeforeAbort { get; set; } = () => { };

    /// <summary>Whether an aborted upload still accepts parts, as in Azure.</summary>
    public bool KeepsAborted { get; set; }

    /// <summary>Called before a part is stored, with its number.</summary>
    public Func<int, Task> BeforePart { get; set; } = _ => Task.CompletedTask;

    public ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken)
    {
        step();
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        _uploads[id] = [];
        step();
        return new(new ObjectUpload(destination, id));
    }

    public async ValueTask<UploadedPart> PutPartAsync(
        ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        step();
        await BeforePart(place.Number);
        cancellationToken.ThrowIfCancellationRequested();
        Parts(upload)[place.Number] = new KeptPart(place.Offset, OnlyHashes ? [] : content.ToArray(), content.Length, XxHash128.HashToUInt128(content.Span));
        Kept.Enqueue(place.Number);
        step();
        return new UploadedPart(place.Number, $"tag {place.Number}");
    }

    public async ValueTask<UploadedPart?> CopyPartAsync(ObjectUpload upload, PartPlace place, CopiedRange range, CancellationToken cancellationToken)
    {
        CopyRequests++;
        if (!Copies)
        {
            return null;
        }

        if (range.ETag != source.ETags.GetValueOrDefault(range.Source.Key, $"\"{range.Source.Key}\""))
        {
            throw new BackendException(Backend.Storage, BackendFault.Changed, "another version");
        }

        Copied.Enqueue(range);
        return await PutPartAsync(upload, place, source.Objects[range.Source.Key].AsMemory((int)range.Offset, (int)range.Length), cancellationToken);
    }

    public async ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken)
    {
        step();
        await BeforeComplete();
        var kept = Parts(upload);
        using var whole = new MemoryStream();
        var length = 0L;
        Assert.Equal(Enumerable.Range(1, kept.Count), parts.Select(static part => part.Number));
        foreach (var part in parts)
        {
            Assert.Equal($"tag {part.Number}", part.Tag);
            Assert.Equal(length, kept[part.Number].Offset);
            length += kept[part.Number].Length;
            whole.Write(kept[part.Number].Content);
        }

        var isFree = overwrites || !Objects.ContainsKey(upload.Destination.Key);
        if (isFree)
        {
            Objects[upload.Destination.Key] = whole.ToArray();
            _made[upload.Destination.Key] = upload.Id;
            Hashes[upload.Destination.Key] = [.. parts.Select(part => (kept[part.Number].Length, kept[part.Number].Hash))];
            _uploads.TryRemove(upload.Id, out _);
        }

        step();
        return isFree;
    }

    /// <summary>Removes all uploads, as a lifecycle rule of the bucket may do.</summary>
    public void Lose() => _uploads.Clear();

    public ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        BeforeLink();
        return new((Uri?)null);
    }

    public ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken)
    {
        step();
        BeforeAbort();
        if (!KeepsAborted)
        {
            _uploads.TryRemove(upload.Id, out _);
        }

        step();
        return default;
    }

    public ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken) => new(_made.GetValueOrDefault(upload.Destination.Key) == upload.Id);

    public async ValueTask AbortLostAsync(
        ObjectLocation destination, DateTimeOffset since, string? except, Func<CancellationToken, ValueTask<bool>> mayAbort, CancellationToken cancellationToken)
    {
        step();
        await BeforeAbortLost();
        foreach (var id in _uploads.Keys.Where(id => id != except))
        {
            if (await mayAbort(cancellationToken))
            {
                _uploads.TryRemove(id, out _);
            }
        }

        step();
    }

    private ConcurrentDictionary<int, KeptPart> Parts(ObjectUpload upload) => _uploads.TryGetValue(upload.Id, out var parts)
        ? parts
        : throw new BackendException(Backend.Storage, BackendFault.Malformed, "There is no such upload.");

    private sealed record KeptPart(long Offset, byte[] Content, long Length, UInt128 Hash);
}
