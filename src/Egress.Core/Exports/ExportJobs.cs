using Egress.Backends;
using Egress.Records.Exports;
using Egress.Records.Roles;

namespace Egress.Exports;

/// <summary>Reads and changes exports in the store. Safe for concurrent use.</summary>
internal sealed class ExportJobs(IExportStore store, TimeProvider time)
{
    /// <summary>How long after its last change a sweep examines an export that is not settled.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How much earlier than due a sweep may examine an export. The timer of the Functions app ticks every <see cref="LookInterval"/>, and a sweep
    /// stores its changes shortly after the tick. Without this tolerance every other tick would find no due export.
    /// </summary>
    private static readonly TimeSpan LookTolerance = TimeSpan.FromSeconds(15);

    /// <summary>How long an ended export can still be queried.</summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    /// <summary>How long an export with an unreadable state is postponed.</summary>
    private static readonly TimeSpan UnreadableInterval = TimeSpan.FromHours(1);

    private const int MostAttempts = 100;

    /// <summary>The store of exports and their parts.</summary>
    public IExportStore Store => store;

    /// <summary>Whether a text has the format of an export's id.</summary>
    public static bool IsId(string? text) => Guid.TryParseExact(text, "N", out _);

    /// <summary>Creates an id for an export.</summary>
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

    /// <summary>Changes the state of an export.</summary>
    /// <param name="id">Id of the export.</param>
    /// <param name="change">Returns the new state for the stored one; null for no change. May be called several times.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
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

    /// <summary>Finds exports that are due.</summary>
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

    /// <summary>Postpones an export without reading it, so that an unreadable one does not block the others.</summary>
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
