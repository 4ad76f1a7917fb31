using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Limits;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>
/// Looks up the objects of a record whose existence or size is not known. On a disk: on the cores that are idle. On a remote storage: by
/// listings where many objects share a prefix, and else many at a time.
/// </summary>
/// <remarks>The plan must not depend on the way: what a listing does not contain is never used (<see cref="Candidate.NeedsContentType"/>).</remarks>
internal sealed class ObjectLookup(IObjectStorage storage, DownloadOptions options, CpuWorkers workers)
{
    /// <summary>Single look-ups at a time, unless the operator sets a limit: S3 takes 5,500 of them a second for each prefix.</summary>
    public const int LookUpsAtATime = 160;

    /// <summary>Candidates that are handed on together, and that a core looks up on a disk at a time.</summary>
    private const int BatchLength = 64;

    /// <summary>Batches that are looked up on a disk before the first of them is planned: enough for all cores, and little to hold.</summary>
    private const int LocalBatches = 16;

    private readonly bool _isRemote = storage.IsRemote;
    private readonly ListedLookup _listed = new(storage);

    /// <summary>Completes what is known of each candidate.</summary>
    /// <param name="expansion">Finds the candidates; enumerated once.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    /// <returns>The candidates in their order, in batches. None, or not all, if <paramref name="expansion"/> refuses them.</returns>
    /// <exception cref="BackendException">A prefix could not be listed, or an object was refused or could not be looked up.</exception>
    public IAsyncEnumerable<IReadOnlyList<Candidate>> CompleteAsync(RecordExpansion expansion, CancellationToken cancellationToken) =>
        _isRemote ? CompleteRemoteAsync(expansion, cancellationToken) : CompleteLocalAsync(expansion, cancellationToken);

    /// <summary>
    /// Whether the storage is queried. A declared size makes that unnecessary, unless objects that do not exist or cannot be read are to be left
    /// out: these must be known before the first byte.
    /// </summary>
    private bool NeedsLookUp(Candidate candidate) =>
        !candidate.IsLookedUp && candidate.Location != default
        && (candidate.Size is null || options.IgnoreMissing || options.SkipUnavailable);

    /// <summary>Refuses the keys of objects that are not looked up, as looking them up would.</summary>
    private void CheckOthers(Candidate[] batch)
    {
        foreach (var candidate in batch)
        {
            if (!candidate.IsLookedUp && candidate.Location != default && !NeedsLookUp(candidate))
            {
                storage.CheckKey(candidate.Location);
            }
        }
    }

    /// <summary>
    /// On a disk a look-up is work and does not wait: this thread does it, and idle cores take batches. Plans that begin together are so made one
    /// after the other, and do not all hold what planning needs at the same time.
    /// </summary>
    private async IAsyncEnumerable<IReadOnlyList<Candidate>> CompleteLocalAsync(
        RecordExpansion expansion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batches in expansion.FindAsync(cancellationToken).Chunk(BatchLength).Chunk(LocalBatches))
        {
            if (expansion.HasTooMany)
            {
                yield break;
            }

            var work = new SharedWork<Candidate[]>(workers, batches, batch => CompleteBatchAsync(batch, cancellationToken));
            await foreach (var batch in work.RunAsync(Environment.ProcessorCount))
            {
                yield return batch;
            }
        }
    }

    private async Task CompleteBatchAsync(Candidate[] batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckOthers(batch);
        int[] wanted = [.. Enumerable.Range(0, batch.Length).Where(index => NeedsLookUp(batch[index]))];
        var found = await storage.LookUpAllAsync(Array.ConvertAll(wanted, index => batch[index].Location), cancellationToken);
        for (var i = 0; i < wanted.Length; i++)
        {
            var candidate = batch[wanted[i]];
            batch[wanted[i]] = candidate.With(found[i] ?? await storage.LookUpAsync(candidate.Location, cancellationToken));
        }
    }

    /// <summary>
    /// What the record names one by one is looked up as a whole, because one listing describes many objects. The items of the record are then
    /// enumerated once more, which costs less than to keep a candidate for each.
    /// </summary>
    private async IAsyncEnumerable<IReadOnlyList<Candidate>> CompleteRemoteAsync(
        RecordExpansion expansion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = await LookUpAsync(expansion, cancellationToken);
        await foreach (var batch in expansion.FindAsync(cancellationToken).Chunk(BatchLength))
        {
            if (expansion.HasTooMany)
            {
                yield break;
            }

            CheckOthers(batch);
            for (var i = 0; i < batch.Length; i++)
            {
                if (NeedsLookUp(batch[i]))
                {
                    batch[i] = batch[i].With(found.GetValueOrDefault(batch[i].Location));
                }
            }

            yield return batch;
        }
    }

    /// <returns>What the storage knows about the objects that need a look-up; what does not exist is left out.</returns>
    private async Task<IReadOnlyDictionary<ObjectLocation, ObjectProperties>> LookUpAsync(
        RecordExpansion expansion, CancellationToken cancellationToken)
    {
        var (wanted, single, count) = (new HashSet<ObjectLocation>(), new HashSet<ObjectLocation>(), 0);
        foreach (var candidate in expansion.NamedObjects())
        {
            if (expansion.IsTooMany(++count))
            {
                return new Dictionary<ObjectLocation, ObjectProperties>();
            }

            if (NeedsLookUp(candidate) && wanted.Add(candidate.Location) && candidate.NeedsContentType && options.CompressionLevel != 0)
            {
                single.Add(candidate.Location);
            }
        }

        var found = wanted.Count - single.Count >= ListedLookup.FewestObjects
            ? await _listed.FindAsync(wanted.Where(location => !single.Contains(location)), cancellationToken)
            : new ConcurrentDictionary<ObjectLocation, ObjectProperties>();
        wanted.ExceptWith(found.Keys);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxConcurrentFetches ?? LookUpsAtATime,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(wanted, parallel, async (location, stop) =>
        {
            if (await storage.LookUpAsync(location, stop) is { } properties)
            {
                found[location] = properties;
            }
        });
        return found;
    }
}
