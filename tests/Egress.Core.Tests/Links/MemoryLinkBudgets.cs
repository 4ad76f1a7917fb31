using Egress.Backends;
using Egress.Links.Budgets;
using Egress.Records.Links;

namespace Egress.Core.Tests.Links;

/// <summary>Budgets in memory, for several instances.</summary>
internal sealed class MemoryLinkBudgets : ILinkBudgetStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredBudget> _rows = [];

    /// <summary>Called before a statement that puts a budget. A test can change the budget here as another instance would.</summary>
    public Action? BeforePut { get; set; }

    /// <summary>Whether the next statement takes effect but reports that it did not, as a repeated statement does.</summary>
    public bool LosesNextResult { get; set; }

    /// <summary>Called after a statement whose result was lost. A test can change the budget here before the statement is repeated.</summary>
    public Action? AfterLostResult { get; set; }

    /// <summary>The fault with which every statement fails; null for none.</summary>
    public BackendFault? Fault { get; set; }

    public int Puts { get; private set; }

    public ValueTask<StoredBudget> FindBudgetAsync(string id, CancellationToken cancellationToken)
    {
        ThrowIfFaulty();
        lock (_lock)
        {
            return new(_rows.GetValueOrDefault(id));
        }
    }

    public ValueTask<bool> TryPutBudgetAsync(string id, long expected, string state, CancellationToken cancellationToken)
    {
        ThrowIfFaulty();
        var before = BeforePut;
        BeforePut = null;
        before?.Invoke();
        bool isLost;
        lock (_lock)
        {
            if (_rows.GetValueOrDefault(id).Version != expected)
            {
                return new(false);
            }

            _rows[id] = new StoredBudget(expected + 1, state);
            Puts++;
            isLost = LosesNextResult;
            LosesNextResult = false;
        }

        if (isLost)
        {
            AfterLostResult?.Invoke();
        }

        return new(!isLost);
    }

    /// <summary>The state of a link.</summary>
    public Task<(long Bytes, long Uses, int Running)> OfAsync(string id) => new LinkBudgets(this).ChangeAsync(
        id, static budget => (budget.Bytes, budget.Uses, budget.Running.Count), CancellationToken.None);

    private void ThrowIfFaulty()
    {
        if (Fault is { } fault)
        {
            throw new BackendException(Backend.Database, fault, "scripted");
        }
    }
}
