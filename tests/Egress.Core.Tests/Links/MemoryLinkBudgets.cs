using Egress.Backends;
using Egress.Links.Budgets;
using Egress.Records.Links;

namespace Egress.Core.Tests.Links;

/// <summary>A store of link budgets in memory that several instances share.</summary>
internal sealed class MemoryLinkBudgets : ILinkBudgetStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredBudget> _rows = [];

    /// <summary>Called before a statement that stores a budget. A test can use it to change the budget as another instance would.</summary>
    public Action? BeforePut { get; set; }

    /// <summary>
    /// Whether the next statement takes effect but reports a conflict. A statement does that if it is repeated after its first result was lost.
    /// </summary>
    public bool LosesNextResult { get; set; }

    /// <summary>Called after such a statement. A test can use it to change the budget before the statement is repeated.</summary>
    public Action? AfterLostResult { get; set; }

    /// <summary>The fault of all statements; null for none.</summary>
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

    /// <summary>Returns the used bytes, the uses, and the number of running responses of a link.</summary>
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
