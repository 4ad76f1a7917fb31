using System.Text.Json;
using Egress.Backends;
using Egress.Records.Roles;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>
/// Keeps the active exports in one row of the store. An export is admitted by a compare-and-set of that row, so that concurrent requests cannot
/// exceed the limit or write to the same destination. Safe for concurrent use.
/// </summary>
internal sealed class ActiveExports(ExportJobs jobs, TimeProvider time)
{
    private const string RowKey = "active";
    private const int MostAttempts = 100;

    /// <summary>How long an admitted export counts as active although its job is not stored yet.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>The due time of the row: never, because a sweep must not examine it.</summary>
    private static readonly DateTimeOffset Never = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Admits an export, or refuses it. The caller stores an admitted export.</summary>
    /// <param name="id">Id of the export.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="most">The limit of active exports.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    /// <returns>The refusal; null if the export is admitted.</returns>
    /// <exception cref="BackendException">The store refused or failed.</exception>
    public async Task<ExportCreation?> RefuseOrAddAsync(string id, ObjectLocation destination, int most, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var (version, entries) = await ReadAsync(cancellationToken);
            if (entries.Exists(entry => entry.Id == id))
            {
                return null; // an earlier try of this statement already added the entry
            }

            if (entries.Find(entry => entry.Destination == destination) is { } other)
            {
                return new ExportCreation.DestinationTaken(other.Id);
            }

            if (entries.Count >= most)
            {
                return new ExportCreation.TooManyActive();
            }

            entries.Add(new ActiveExport(id, destination.Bucket, destination.Key, time.GetUtcNow().ToUnixTimeMilliseconds()));
            var text = JsonSerializer.Serialize(entries, ExportJson.Default.ListActiveExport);
            if (await jobs.Store.TryPutAsync(RowKey, version, new VersionedState(version + 1, Never, text), cancellationToken))
            {
                return null;
            }
        }

        throw new BackendException(Backend.Database, BackendFault.Unavailable, "The list of exports changes all the time, and could not be changed.");
    }

    /// <summary>Whether an active export writes to a destination.</summary>
    /// <exception cref="BackendException">The store refused or failed.</exception>
    public async Task<bool> WritesToAsync(ObjectLocation destination, CancellationToken cancellationToken) =>
        (await ReadAsync(cancellationToken)).Entries.Exists(entry => entry.Destination == destination);

    /// <summary>Reads the row, and leaves out exports that have ended.</summary>
    private async Task<(long Version, List<ActiveExport> Entries)> ReadAsync(CancellationToken cancellationToken)
    {
        var stored = await jobs.Store.FindAsync(RowKey, cancellationToken);
        var active = new List<ActiveExport>();
        foreach (var entry in stored is null ? [] : JsonSerializer.Deserialize(stored.State, ExportJson.Default.ListActiveExport)!)
        {
            var job = await jobs.FindAsync(entry.Id, cancellationToken);
            if (job is { IsOver: false } || (job is null && entry.At + (long)Grace.TotalMilliseconds > time.GetUtcNow().ToUnixTimeMilliseconds()))
            {
                active.Add(entry);
            }
        }

        return (stored?.Version ?? 0, active);
    }
}

/// <summary>An export that was admitted.</summary>
/// <param name="Id">Id of the export.</param>
/// <param name="Bucket">Bucket of the destination.</param>
/// <param name="Key">Key of the destination.</param>
/// <param name="At">When the export was admitted, in milliseconds since 1970.</param>
internal sealed record ActiveExport(string Id, string Bucket, string Key, long At)
{
    /// <summary>The destination of the export.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ObjectLocation Destination => new(Bucket, Key);
}
