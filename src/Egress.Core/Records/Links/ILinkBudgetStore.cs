using Egress.Backends;

namespace Egress.Records.Links;

/// <summary>
/// Keeps the budget of each link, which is the used part of its limit of downloads, for all instances. A budget is replaced only if it still has the
/// expected version (compare-and-set). A store need not have this role. Safe for concurrent use.
/// </summary>
internal interface ILinkBudgetStore
{
    /// <summary>Finds the budget of a link.</summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The budget; version zero without a state if none was stored yet.</returns>
    /// <exception cref="BackendException">The store refused, failed, did not answer in time, or cannot keep links.</exception>
    ValueTask<StoredBudget> FindBudgetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Replaces the budget of a link that has an entry.</summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    /// <param name="expected">The version to replace; zero if none was stored yet.</param>
    /// <param name="state">The new state. Its version is one more than <paramref name="expected"/>.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <returns>
    /// False if the budget has another version. Also false if the statement took effect and was then repeated, in which case the caller finds its own
    /// state in the store.
    /// </returns>
    /// <exception cref="BackendException">As for <see cref="FindBudgetAsync"/>. The statement may have taken effect.</exception>
    ValueTask<bool> TryPutBudgetAsync(string id, long expected, string state, CancellationToken cancellationToken);
}

/// <summary>One version of a budget.</summary>
/// <param name="Version">Its version; zero if none was stored yet.</param>
/// <param name="State">Its state; null if none was stored yet. Opaque to the store.</param>
internal readonly record struct StoredBudget(long Version, string? State);
