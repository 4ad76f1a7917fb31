using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Packing;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>
/// Looks up the objects that neither record nor listing describes. Where a call is a round trip: by listings where many share a prefix, and
/// else many at a time.
/// </summary>
/// <remarks>Which way it was must not show: what a listing does not tell is never used (<see cref="Candidate.NeedsContentType"/>).</remarks>
internal sealed class ObjectLookup(IObjectStorage storage, DownloadOptions options)
{
    /// <summary>Single look-ups at a time, unless the operator sets a limit: S3 takes 5,500 of them a second for each prefix.</summary>
    public const int LookUpsAtATime = 160;

    /// <summary>Objects on a disk that a core looks up at a time.</summary>
    private const int LocalShare = 64;

    /// <summary>Shares that are looked up before the first object is planned: enough for all cores, and little to hold.</summary>
    private const int LocalShares = 16;

    private readonly bool _isRemote = storage.IsRemote;
    private readonly ListedLookup _listed = new(storage);

    /// <summary>Completes what is known of each object.</summary>
    /// <param name="expansion">Finds the objects; enumerated once.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    /// <returns>
    /// The objects in their order, in batches. One without a size does not exist. None, or not all, where <paramref name="expansion"/> refuses them.
    /// </returns>
    /// <exception cref="BackendException">A prefix could not be listed, or an object was refused or could not be looked up.</exception>
    /// <exception cref="System.Text.EncoderFallbackException">A key is not Unicode.</exception>
    public IAsyncEnumerable<IEnumerable<Candidate>> CompleteAsync(RecordExpansion expansion, CancellationToken cancellationToken) =>
        _isRemote ? CompleteRemoteAsync(expansion, cancellationToken) : CompleteLocalAsync(expansion, cancellationToken);

    /// <summary>
    /// On a disk a look-up is work and no wait: this thread does it, and cores that have nothing else to do take shares. Requests that come together
    /// are so planned one after the other, and do not all hold what planning needs at the same time.
    /// </summary>
    private async IAsyncEnumerable<IEnumerable<Candidate>> CompleteLocalAsync(
        RecordExpansion expansion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = expansion.FindAsync(cancellationToken).Chunk(LocalShare).Chunk(LocalShares);
        await foreach (var shares in found)
        {
            if (expansion.Refuse() is not null)
            {
                yield break;
            }

            var work = new SharedWork<Candidate[]>(shares, share => CompleteShareAsync(share, cancellationToken));
            await foreach (var share in work.RunAsync(Environment.ProcessorCount))
            {
                yield return share;
            }
        }
    }

    private async Task CompleteShareAsync(Candidate[] share, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int[] wanted = [.. Enumerable.Range(0, share.Length).Where(index => share[index].Size is null)];
        var told = storage.TryLookUpAll(Array.ConvertAll(wanted, index => share[index].Location));
        for (var i = 0; i < wanted.Length; i++)
        {
            var candidate = share[wanted[i]];
            if ((told[i] ?? await storage.LookUpAsync(candidate.Location, cancellationToken)) is { } found)
            {
                share[wanted[i]] = candidate.With(found);
            }
        }
    }

    private async IAsyncEnumerable<IEnumerable<Candidate>> CompleteRemoteAsync(
        RecordExpansion expansion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var packed = new PackedListBuilder<Candidate>(CandidateForm.Instance);
        await foreach (var candidate in expansion.FindAsync(cancellationToken))
        {
            packed.Add(candidate);
        }

        if (expansion.Refuse() is not null)
        {
            yield break;
        }

        var candidates = packed.ToList();
        var found = await LookUpRemoteAsync(candidates, cancellationToken);
        yield return candidates.Select(candidate =>
            candidate.Size is null && found.TryGetValue(candidate.Location, out var properties) ? candidate.With(properties) : candidate);
    }

    /// <summary>What the storage tells of those without a size; what does not exist is left out.</summary>
    private async Task<IReadOnlyDictionary<ObjectLocation, ObjectProperties>> LookUpRemoteAsync(
        PackedList<Candidate> candidates, CancellationToken cancellationToken)
    {
        var (wanted, single) = (new HashSet<ObjectLocation>(), new HashSet<ObjectLocation>());
        foreach (var candidate in candidates.Where(static candidate => candidate.Size is null))
        {
            wanted.Add(candidate.Location);
            if (candidate.NeedsContentType && options.CompressionLevel != 0)
            {
                single.Add(candidate.Location);
            }
        }

        var found = wanted.Count - single.Count >= ListedLookup.FewestObjects
            ? await _listed.FindAsync(wanted.Where(location => !single.Contains(location)), cancellationToken)
            : new ConcurrentDictionary<ObjectLocation, ObjectProperties>();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxConcurrentFetches ?? LookUpsAtATime,
            CancellationToken = cancellationToken,
        };
        wanted.ExceptWith(found.Keys);
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
