using System.Text.Json;
using Egress.Backends;
using Egress.Records.Links;

namespace Egress.Links.Budgets;

/// <summary>
/// Reads and changes the budgets of links in the store. This process makes changes of one budget one by one, so that conflicts are only possible
/// between instances. Safe for concurrent use.
/// </summary>
internal sealed class LinkBudgets(ILinkBudgetStore store)
{
    /// <summary>The largest number of attempts to make a change that conflicts with other changes. At each conflict another instance has succeeded.</summary>
    private const int MaxAttempts = 100;

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(static _ => new SemaphoreSlim(1))];

    /// <summary>Finds the budget of a link.</summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="BackendException">The store refused, failed, did not answer in time, or contains a malformed budget.</exception>
    public async Task<LinkBudget> FindAsync(string id, CancellationToken cancellationToken) =>
        Read(id, (await store.FindBudgetAsync(id, cancellationToken)).State);

    /// <summary>Changes the budget of a link.</summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    /// <param name="change">The change. It may be called several times, each time with the current state in the store.</param>
    /// <param name="cancellationToken">Cancels the change before it is made.</param>
    /// <returns>The result of the change.</returns>
    /// <exception cref="BackendException">The store refused, failed, did not answer in time, or contains a malformed budget. The change may have been
    /// made.</exception>
    public async Task<T> ChangeAsync<T>(string id, Func<LinkBudget, T> change, CancellationToken cancellationToken)
    {
        var turn = _turns[(uint)id.GetHashCode(StringComparison.Ordinal) % _turns.Length];
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await ChangeInTurnAsync(id, change, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<T> ChangeInTurnAsync<T>(string id, Func<LinkBudget, T> change, CancellationToken cancellationToken)
    {
        var (put, result) = (default(StoredBudget), default(T)!);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var stored = await store.FindBudgetAsync(id, cancellationToken);
            if (put.State is not null && stored == put)
            {
                // The conflict is with this change itself: its statement took effect and was then repeated.
                return result;
            }

            var budget = Read(id, stored.State);
            result = change(budget);
            put = new StoredBudget(stored.Version + 1, JsonSerializer.Serialize(budget, LinkBudgetJson.Default.LinkBudget));
            if (put.State == stored.State || await store.TryPutBudgetAsync(id, stored.Version, put.State!, cancellationToken))
            {
                return result;
            }
        }

        throw new BackendException(Backend.Database, BackendFault.Unavailable, $"The budget of the link '{id}' changes all the time, and could not be changed.");
    }

    private static LinkBudget Read(string id, string? state)
    {
        try
        {
            return state is null ? new LinkBudget() : JsonSerializer.Deserialize(state, LinkBudgetJson.Default.LinkBudget)!;
        }
        catch (JsonException exception)
        {
            throw new BackendException(Backend.Database, BackendFault.Malformed, $"The budget of the link '{id}' is not what Egress writes.", exception);
        }
    }
}
