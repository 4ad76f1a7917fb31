using System.Collections.Concurrent;

namespace Egress.Storage.Http;

/// <summary>The buckets that are read with the SDK for a while, because requests without the SDK failed for them. Safe for concurrent use.</summary>
/// <param name="time">The clock.</param>
internal sealed class SdkOnlyBuckets(TimeProvider time)
{
    /// <summary>How long a bucket is read with the SDK.</summary>
    public static readonly TimeSpan Suspension = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _ends = new(StringComparer.Ordinal);

    /// <summary>Adds a bucket, which is read with the SDK from now on.</summary>
    public void Add(string bucket) => _ends[bucket] = time.GetUtcNow() + Suspension;

    /// <summary>Whether a bucket is read with the SDK at present.</summary>
    public bool Contains(string bucket)
    {
        if (_ends.IsEmpty || !_ends.TryGetValue(bucket, out var end))
        {
            return false;
        }

        if (time.GetUtcNow() < end)
        {
            return true;
        }

        _ends.TryRemove(bucket, out _);
        return false;
    }
}
