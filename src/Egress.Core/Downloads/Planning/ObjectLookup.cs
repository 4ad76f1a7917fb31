using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Limits;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>
/// Looks up the objects of a record whose existence or size is not known. On a local disk, idle cores look up objects in parallel. On a remote storage, objects
/// are looked up by listings if many share a prefix, and otherwise by parallel single look-ups.
/// </summary>
/// <remarks>
/// The plan must not depend on how an object was looked up, so properties that listings do not contain are not used
/// (<see cref="Candidate.NeedsContentType"/>).
/// </remarks>
internal sealed class ObjectLookup(IObjectStorage storage, DownloadOptions options, CpuWorkers workers)
{
    /// <summary>The default limit of parallel single look-ups. S3 accepts 5,500 of them a second for each prefix.</summary>
    public const int LookUpsAtATime = 160;

    /// <summary>The number of candidates in a batch. On a local disk, a batch is looked up by one core.</summary>
    private const int BatchLength = 64;

    /// <summary>The number of batches that are looked up ahead of the planning on a local disk. This is enough for all cores and takes little memory.</summary>
    private const int LocalBatches = 16;

    private readonly bool _isRemote = storage.IsRemote;
    private readonly ListedLookup _listed = new(storage);

    /// <summary>Looks up the candidates that need it.</summary>
    /// <param name="expansion">Finds the candidates; enumerated once.</param>
    /// <param name="cancellationToken">Cancels the look-ups.</param>
    /// <returns>The candidates in their order, in batches. Incomplete or empty if <paramref name="expansion"/> refuses them.</returns>
    /// <exception cref="BackendException">A prefix could not be listed, or an object was refused or could not be looked up.</exception>
    public IAsyncEnumerable<IReadOnlyList<Candidate>> CompleteAsync(RecordExpansion expansion, CancellationToken cancellationToken) =>
        _isRemote ? CompleteRemoteAsync(expansion, cancellationToken) : CompleteLocalAsync(expansion, cancellationToken);

    /// <summary>
    /// Whether the storage is queried. This is not needed for an object with a declared size, unless missing or unreadable objects are left out. Such
    /// objects must be known before the first byte.
    /// </summary>
    private bool NeedsLookUp(Candidate candidate) =>
        !candidate.IsLookedUp && candidate.Location != default
        && (candidate.Size is null || options.IgnoreMissing || options.SkipUnavailable);

    /// <summary>Checks the keys of objects that are not looked up, and refuses those that a look-up would refuse.</summary>
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
    /// Looks up the candidates on a local disk, where a look-up takes CPU time and does not wait. This thread does the work, and idle cores take batches.
    /// Parallel plans are made one after the other, so that not all of them hold memory for planning at the same time.
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
    /// Looks up the candidates in a remote storage. Objects that the record names one by one are looked up together first, because one listing describes many
    /// objects. Afterwards the items of the record are enumerated again, which costs less than keeping a candidate for each.
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

    /// <returns>The properties of those objects that needed a look-up and exist.</returns>
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
