using Egress.Backends;
using Egress.Records.Exports;
using Egress.Records.Roles;

namespace Egress.Exports;

/// <summary>Reads and changes exports in the store. Safe for concurrent use.</summary>
internal sealed class ExportJobs(IExportStore store, TimeProvider time)
{
    /// <summary>How long after its last change an export that is not over, or not settled, is looked at.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How much earlier an export may be looked at. The timer of the Functions app ticks every <see cref="LookInterval"/>, and the change that a tick makes is
    /// stored a moment after it: without this, every other tick would find nothing.
    /// </summary>
    private static readonly TimeSpan LookTolerance = TimeSpan.FromSeconds(15);

    /// <summary>How long an export that ended can be queried.</summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    /// <summary>How long an export that cannot be read is left alone.</summary>
    private static readonly TimeSpan UnreadableInterval = TimeSpan.FromHours(1);

    private const int MostAttempts = 100;

    /// <summary>Where the parts are kept.</summary>
    public IExportStore Store => store;

    /// <summary>Whether a text can be the id of an export.</summary>
    public static bool IsId(string? text) => Guid.TryParseExact(text, "N", out _);

    /// <summary>An id for an export.</summary>
    public string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    /// <summary>Adds an export.</summary>
    public async Task AddAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (!await TryPutAsync(id, 0, job, cancellationToken) && await FindAsync(id, cancellationToken) is null)
        {
            throw new BackendException(Backend.Database, BackendFault.Unavailable, $"The export '{id}' could not be stored.");
        }
    }

    /// <summary>Finds an export; null if there is none.</summary>
    public async Task<ExportJob?> FindAsync(string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } stored ? ExportJob.Read(stored.State) : null;

    /// <summary>Changes an export.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="change">Makes the new state from the one in the store; null to leave it. May be called several times.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <returns>The new state; null if nothing was changed.</returns>
    public async Task<ExportJob?> ChangeAsync(string id, Func<ExportJob, ExportJob?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await store.FindAsync(id, cancellationToken) is not { } stored || change(ExportJob.Read(stored.State)) is not { } next)
            {
                return null;
            }

            if (await TryPutAsync(id, stored.Version, next, cancellationToken))
            {
                return next;
            }
        }

        throw new BackendException(Backend.Database, BackendFault.Unavailable, $"The export '{id}' changes all the time, and could not be changed.");
    }

    /// <summary>Finds exports that have to be looked at.</summary>
    public ValueTask<IReadOnlyList<string>> FindDueAsync(int most, CancellationToken cancellationToken) =>
        store.FindDueAsync(time.GetUtcNow() + LookTolerance, most, cancellationToken);

    /// <summary>Removes an export whose retention has expired.</summary>
    public async Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is { } stored && stored.DueAt <= time.GetUtcNow())
        {
            await store.TryRemoveAsync(id, stored.Version, cancellationToken);
        }
    }

    /// <summary>Makes an export due later without reading it, so that one that cannot be read does not stay in front of others.</summary>
    public async Task PostponeAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is { } stored)
        {
            var now = time.GetUtcNow();
            var due = DateTimeOffset.FromUnixTimeMilliseconds((now + UnreadableInterval).ToUnixTimeMilliseconds());
            await store.TryPutAsync(id, stored.Version, new VersionedState(Math.Max(stored.Version + 1, now.ToUnixTimeMilliseconds()), due, stored.State), cancellationToken);
        }
    }

    private ValueTask<bool> TryPutAsync(string id, long expected, ExportJob job, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = job.IsSettled ? job.EndedAt!.Value + Retention : now + LookInterval;
        var next = new VersionedState(
            Math.Max(expected + 1, now.ToUnixTimeMilliseconds()), DateTimeOffset.FromUnixTimeMilliseconds(due.ToUnixTimeMilliseconds()), job.Write());
        return store.TryPutAsync(id, expected, next, cancellationToken);
    }
}
