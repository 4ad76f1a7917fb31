using System.Collections.Concurrent;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>
/// Looks up many objects of a remote storage by listing their common prefixes: one page describes a thousand objects. Objects that a listing does not
/// return are left to single look-ups, which alone can say that an object is missing.
/// </summary>
/// <param name="storage">The storage.</param>
internal sealed class ListedLookup(IObjectStorage storage)
{
    /// <summary>Fewer objects are looked up one by one: that is as fast, and shows which of them are refused.</summary>
    public const int FewestObjects = 100;

    /// <summary>A listing ends when this many more listed objects were not requested than hits compensate for: single look-ups are then faster.</summary>
    public const int MostInVain = 1000;

    /// <summary>
    /// A listed object that was requested makes up for this many that were not. It saves a look-up, which takes a 160th of a round trip, in which a
    /// listing returns 6 objects, or 16 listings return 100. Requests count too: stores bill a page, which then saves 40 look-ups, as about 12.
    /// </summary>
    public const int HitIsWorth = 25;

    /// <summary>Larger groups are split by the next character of their keys, and listed in parallel. S3 returns this many on a page.</summary>
    private const int LargestGroup = 1000;

    private const int ListingsAtATime = 16;

    /// <summary>Lists where enough objects share a prefix.</summary>
    /// <param name="wanted">The objects, each once.</param>
    /// <param name="cancellationToken">Ends the listings.</param>
    /// <returns>The objects that listings returned.</returns>
    /// <exception cref="BackendException">The storage cannot be reached. A storage that refuses listings is not a fault.</exception>
    public async ValueTask<ConcurrentDictionary<ObjectLocation, ObjectProperties>> FindAsync(
        IEnumerable<ObjectLocation> wanted, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<ObjectLocation, ObjectProperties>();
        var groups = wanted
            .GroupBy(static location => location.Bucket, static location => location.Key)
            .SelectMany(static bucket => Groups(bucket.Key, bucket.Order(StringComparer.Ordinal).ToArray(), 0));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ListingsAtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(groups, parallel, (group, stop) => ListAsync(group, found, stop));
        return found;
    }

    /// <summary>Splits keys into groups that share a prefix.</summary>
    /// <param name="bucket">Their bucket.</param>
    /// <param name="keys">In ordinal order.</param>
    /// <param name="depth">How many characters they are known to have in common.</param>
    private static IEnumerable<Group> Groups(string bucket, ArraySegment<string> keys, int depth)
    {
        if (keys.Count < FewestObjects)
        {
            return [];
        }

        // The keys are sorted, so a prefix of the first and the last is a prefix of all.
        var common = depth + keys[0].AsSpan(depth).CommonPrefixLength(keys[^1].AsSpan(depth));
        return keys.Count <= LargestGroup
            ? [new Group(new ObjectPrefix(bucket, Prefix(keys[0], common)), keys)]
            : ByNextCharacter(keys, common).SelectMany(part => Groups(bucket, part, common + 1));
    }

    private static IEnumerable<ArraySegment<string>> ByNextCharacter(ArraySegment<string> keys, int index)
    {
        // Only the first key can end here, and is then its own group.
        for (int start = keys[0].Length == index ? 1 : 0, end; start < keys.Count; start = end)
        {
            var next = keys[start][index];
            for (end = start + 1; end < keys.Count && keys[end][index] == next; end++)
            {
            }

            yield return keys[start..end];
        }
    }

    /// <summary>A lone surrogate has no UTF-8 form.</summary>
    private static string Prefix(string key, int length) => key[..(length > 0 && char.IsHighSurrogate(key[length - 1]) ? length - 1 : length)];

    private async ValueTask ListAsync(
        Group group, ConcurrentDictionary<ObjectLocation, ObjectProperties> found, CancellationToken cancellationToken)
    {
        var wanted = group.Keys.ToHashSet(StringComparer.Ordinal);
        var inVain = 0;
        try
        {
            await foreach (var listed in storage.ListAsync(group.Prefix, cancellationToken))
            {
                if (wanted.Remove(listed.Location.Key))
                {
                    found[listed.Location] = listed;
                    inVain = Math.Max(0, inVain - HitIsWorth);
                }
                else
                {
                    inVain++;
                }

                if (wanted.Count == 0 || inVain == MostInVain)
                {
                    return;
                }
            }
        }
        catch (BackendException fault) when (fault.Fault is BackendFault.Denied or BackendFault.Malformed)
        {
            // An account that may read objects need not be allowed to list them, and not every store can list.
        }
    }

    private readonly record struct Group(ObjectPrefix Prefix, ArraySegment<string> Keys);
}
