using System.Collections.Concurrent;
using Egress.Storage;
using Egress.Storage.Remote;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>
/// Looks up the objects that neither record nor listing describes. Where a call is a round trip: by listings where many share a prefix, and
/// else many at a time.
/// </summary>
/// <remarks>Which way it was must not show: what a listing does not tell is never used (<see cref="Candidate.NeedsContentType"/>).</remarks>
internal sealed class ObjectLookup(IObjectStorage storage, DownloadOptions options)
{
    /// <summary>Single look-ups at a time, unless the operator sets a limit: S3 takes 5,500 of them a second for each prefix.</summary>
    public const int LookUpsAtATime = 160;

    private const int LocalShare = 64;

    private readonly bool _isRemote = storage.IsRemote;
    private readonly ListedLookup _listed = new(storage);

    /// <summary>Completes what is known of each object.</summary>
    /// <param name="objects">The objects; completed in place.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    /// <returns>Which of them do not exist, as indices in ascending order.</returns>
    /// <exception cref="BackendException">One of them was refused or could not be looked up.</exception>
    public async ValueTask<IReadOnlyList<int>> CompleteAsync(CandidateList objects, CancellationToken cancellationToken)
    {
        await (_isRemote ? CompleteRemoteAsync(objects, cancellationToken) : CompleteLocalAsync(objects, cancellationToken)).ConfigureAwait(false);
        var missing = new List<int>();
        for (var i = 0; i < objects.Count; i++)
        {
            if (objects[i].Size is null)
            {
                missing.Add(i);
            }
        }

        return missing;
    }

    /// <summary>
    /// On a disk a look-up is work and no wait: this thread does it, and cores that have nothing else to do take shares. Requests that come together
    /// are so planned one after the other, and do not all hold what planning needs at the same time.
    /// </summary>
    private async Task CompleteLocalAsync(CandidateList objects, CancellationToken cancellationToken)
    {
        var next = 0;
        await CpuWorkers.ShareAsync(CompleteShareAsync, Math.Min(Environment.ProcessorCount, objects.Count / LocalShare)).ConfigureAwait(false);

        async Task<bool> CompleteShareAsync()
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = Interlocked.Add(ref next, LocalShare) - LocalShare;
            if (from >= objects.Count)
            {
                return false;
            }

            int[] wanted = [.. Enumerable.Range(from, Math.Min(LocalShare, objects.Count - from)).Where(index => objects[index].Size is null)];
            var told = storage.TryLookUpAll(Array.ConvertAll(wanted, index => objects[index].Location));
            for (var i = 0; i < wanted.Length; i++)
            {
                var location = objects[wanted[i]].Location;
                if ((told[i] ?? await storage.LookUpAsync(location, cancellationToken).ConfigureAwait(false)) is { } found)
                {
                    objects[wanted[i]] = objects[wanted[i]].With(found);
                }
            }

            return true;
        }
    }

    private async Task CompleteRemoteAsync(CandidateList objects, CancellationToken cancellationToken)
    {
        var (wanted, single) = (new HashSet<ObjectLocation>(), new HashSet<ObjectLocation>());
        foreach (var candidate in objects.Where(static candidate => candidate.Size is null))
        {
            wanted.Add(candidate.Location);
            if (candidate.NeedsContentType && options.CompressionLevel != 0)
            {
                single.Add(candidate.Location);
            }
        }

        var found = wanted.Count - single.Count >= ListedLookup.FewestObjects
            ? await _listed.FindAsync(wanted.Where(location => !single.Contains(location)), cancellationToken).ConfigureAwait(false)
            : new ConcurrentDictionary<ObjectLocation, ObjectProperties>();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxConcurrentFetches ?? LookUpsAtATime,
            CancellationToken = cancellationToken,
        };
        wanted.ExceptWith(found.Keys);
        await Parallel.ForEachAsync(wanted, parallel, async (location, stop) =>
        {
            if (await storage.LookUpAsync(location, stop).ConfigureAwait(false) is { } properties)
            {
                found[location] = properties;
            }
        }).ConfigureAwait(false);
        for (var i = 0; i < objects.Count; i++)
        {
            if (objects[i].Size is null && found.TryGetValue(objects[i].Location, out var properties))
            {
                objects[i] = objects[i].With(properties);
            }
        }
    }
}
