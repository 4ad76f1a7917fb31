using Egress.Storage;

namespace Egress.Downloads;

/// <summary>Looks up the objects that neither record nor listing describes: bounded, in parallel where a call is a round trip.</summary>
internal sealed class ObjectLookup(IObjectStorage storage, DownloadOptions options)
{
    /// <summary>Completes what is known of each object.</summary>
    /// <param name="objects">The objects; completed in place.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    /// <returns>Which of them do not exist, as indices in ascending order.</returns>
    /// <exception cref="BackendException">One of them was refused or could not be looked up.</exception>
    public async ValueTask<IReadOnlyList<int>> CompleteAsync(List<Candidate> objects, CancellationToken cancellationToken)
    {
        var unknown = new List<int>();
        for (var i = 0; i < objects.Count; i++)
        {
            if (objects[i].Size is null)
            {
                unknown.Add(i);
            }
        }

        var found = new ObjectProperties?[objects.Count];
        if (storage is IStorageTraits { IsRemote: false })
        {
            foreach (var i in unknown)
            {
                found[i] = await storage.LookUpAsync(objects[i].Location, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.MaxConcurrentFetches, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(unknown, parallel, async (i, token) =>
                found[i] = await storage.LookUpAsync(objects[i].Location, token).ConfigureAwait(false)).ConfigureAwait(false);
        }

        var missing = new List<int>();
        foreach (var i in unknown)
        {
            if (found[i] is { } properties)
            {
                objects[i] = objects[i].With(properties);
            }
            else
            {
                missing.Add(i);
            }
        }

        return missing;
    }
}
