using System.Collections.Concurrent;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>
/// Looks up many objects of a remote storage by listing their common prefixes. One page of a listing describes a thousand objects. Objects that no listing
/// returns need single look-ups, because only a single look-up proves that an object is missing.
/// </summary>
/// <param name="storage">The storage.</param>
internal sealed class ListedLookup(IObjectStorage storage)
{
    /// <summary>
    /// The smallest number of objects for which a listing is used. Fewer objects are looked up one by one, which is as fast and shows to which of them access
    /// is refused.
    /// </summary>
    public const int FewestObjects = 100;

    /// <summary>
    /// The number of useless listed objects, after deduction of <see cref="HitIsWorth"/> for each requested one, at which a listing is stopped. Single look-ups
    /// are faster from then on.
    /// </summary>
    public const int MostInVain = 1000;

    /// <summary>
    /// The number of useless listed objects that one requested object outweighs. Each requested object in a listing saves a look-up, which takes 1/160 of a
    /// round trip. In that time one listing returns 6 objects, and 16 parallel listings return 100. Storages bill a page like about 12 look-ups, and with this
    /// number a page saves at least 40.
    /// </summary>
    public const int HitIsWorth = 25;

    /// <summary>
    /// The largest number of objects in a group. Larger groups are split by the next character of their keys and listed in parallel. S3 returns this number of
    /// objects on a page.
    /// </summary>
    private const int LargestGroup = 1000;

    private const int ListingsAtATime = 16;

    /// <summary>Lists the prefixes that enough objects share.</summary>
    /// <param name="wanted">The objects, without duplicates.</param>
    /// <param name="cancellationToken">Cancels the listings.</param>
    /// <returns>The requested objects that the listings returned.</returns>
    /// <exception cref="BackendException">The storage failed. Not thrown if the storage refuses listings.</exception>
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
    /// <param name="keys">The keys, in ordinal order.</param>
    /// <param name="depth">The number of leading characters that they are known to share.</param>
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
        // Only the first key can have exactly this length. It belongs to no group and needs a single look-up.
        for (int start = keys[0].Length == index ? 1 : 0, end; start < keys.Count; start = end)
        {
            var next = keys[start][index];
            for (end = start + 1; end < keys.Count && keys[end][index] == next; end++)
            {
            }

            yield return keys[start..end];
        }
    }

    /// <summary>Returns the beginning of a key. Never ends with half a surrogate pair, which has no UTF-8 form.</summary>
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
            // Listing is optional: the account may be allowed to read objects but not to list them, and some stores cannot list.
        }
    }

    private readonly record struct Group(ObjectPrefix Prefix, ArraySegment<string> Keys);
}
