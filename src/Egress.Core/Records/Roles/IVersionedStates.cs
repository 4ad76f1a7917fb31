using Egress.Backends;

namespace Egress.Records.Roles;

/// <summary>
/// Keeps states in the same store as the records, for all instances. A state is replaced only if it still has the expected version (compare-and-set).
/// Safe for concurrent use.
/// </summary>
internal interface IVersionedStates
{
    /// <summary>Finds a state.</summary>
    /// <param name="key">Its key: up to 64 letters and digits.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The state; null if there is none.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Adds a state, or replaces one.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="expected">The version to replace; zero to add a new one.</param>
    /// <param name="next">The new version.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <returns>
    /// False if the state has another version, or exists although it should be new. Also false if the statement took effect and was then repeated, in
    /// which case the caller finds its own version in the store.
    /// </returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time. The statement may have taken effect.</exception>
    ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken);

    /// <summary>Removes a state.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="expected">The version to remove.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <returns>False if there is no state with that version.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken);

    /// <summary>Finds states that are due, the most overdue first.</summary>
    /// <param name="now">The time at which the states that are found are due.</param>
    /// <param name="most">The largest number of keys.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Their keys.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken);
}

/// <summary>One version of a state.</summary>
/// <param name="Version">Its version, above zero. Each version is greater than the previous one, even if the state was removed in between.</param>
/// <param name="DueAt">When the state must be examined again, in whole milliseconds.</param>
/// <param name="State">The state. Opaque to the store.</param>
internal sealed record VersionedState(long Version, DateTimeOffset DueAt, string State);
