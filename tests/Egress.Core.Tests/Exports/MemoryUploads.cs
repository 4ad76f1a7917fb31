using System.Collections.Concurrent;
using System.Globalization;
using Egress.Backends;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Uploads in memory, for several processes.</summary>
/// <param name="step">Called before and after each change.</param>
internal sealed class MemoryUploads(Action step) : IObjectUploads
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, (long Offset, byte[] Content)>> _uploads = [];
    private int _last;

    public UploadLimits Limits { get; set; } = new(1, 10_000);

    public ConcurrentDictionary<string, byte[]> Objects { get; } = [];

    /// <summary>Uploads that have parts and were neither completed nor aborted.</summary>
    public int Unfinished => _uploads.Values.Count(static parts => !parts.IsEmpty);

    /// <summary>Uploads that were begun.</summary>
    public int Begun => _last;

    /// <summary>The numbers of the parts that were kept, in order of time.</summary>
    public ConcurrentQueue<int> Kept { get; } = [];

    /// <summary>Called before a part is kept.</summary>
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
        Parts(upload)[place.Number] = (place.Offset, content.ToArray());
        Kept.Enqueue(place.Number);
        step();
        return new UploadedPart(place.Number, $"tag {place.Number}");
    }

    public ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken)
    {
        step();
        var kept = Parts(upload);
        using var whole = new MemoryStream();
        Assert.Equal(Enumerable.Range(1, kept.Count), parts.Select(static part => part.Number));
        foreach (var part in parts)
        {
            Assert.Equal($"tag {part.Number}", part.Tag);
            Assert.Equal(whole.Length, kept[part.Number].Offset);
            whole.Write(kept[part.Number].Content);
        }

        var isFree = overwrites || !Objects.ContainsKey(upload.Destination.Key);
        if (isFree)
        {
            Objects[upload.Destination.Key] = whole.ToArray();
            _uploads.TryRemove(upload.Id, out _);
        }

        step();
        return new(isFree);
    }

    public ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken) => new((Uri?)null);

    public ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken)
    {
        step();
        _uploads.TryRemove(upload.Id, out _);
        step();
        return default;
    }

    private ConcurrentDictionary<int, (long Offset, byte[] Content)> Parts(ObjectUpload upload) => _uploads.TryGetValue(upload.Id, out var parts)
        ? parts
        : throw new BackendException(Backend.Storage, BackendFault.Malformed, "There is no such upload.");
}
