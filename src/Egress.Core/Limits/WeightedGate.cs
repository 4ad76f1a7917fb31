namespace Egress.Limits;

/// <summary>Limits the total weight of concurrent work. Waiting work starts in the order of arrival. Thread-safe.</summary>
/// <param name="limit">The largest total weight. Work that exceeds it on its own runs when no other work runs.</param>
internal sealed class WeightedGate(long limit)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _running;

    /// <summary>Waits until there is room for a piece of work.</summary>
    /// <param name="weight">Its weight.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The admission, which the caller disposes once when the work has ended.</returns>
    public async ValueTask<IDisposable> EnterAsync(long weight, CancellationToken cancellationToken)
    {
        var pass = new Waiter(this, Math.Min(weight, limit));
        lock (_lock)
        {
            if (_waiters.Count == 0 && _running + pass.Weight <= limit)
            {
                _running += pass.Weight;
                return pass;
            }

            _waiters.AddLast(pass);
        }

        await using var registration = cancellationToken.UnsafeRegister(static (pass, token) => ((Waiter)pass!).Cancel(token), pass);
        await pass.Admitted;
        return pass;
    }

    private void Leave(long weight)
    {
        lock (_lock)
        {
            _running -= weight;
            Admit();
        }
    }

    private void Remove(Waiter waiter)
    {
        lock (_lock)
        {
            if (_waiters.Remove(waiter))
            {
                Admit();
            }
        }
    }

    private void Admit()
    {
        while (_waiters.First?.Value is { } next && _running + next.Weight <= limit)
        {
            _waiters.RemoveFirst();
            if (next.TryAdmit())
            {
                _running += next.Weight;
            }
        }
    }

    private sealed class Waiter(WeightedGate gate, long weight) : IDisposable
    {
        private readonly TaskCompletionSource _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Weight => weight;

        public Task Admitted => _admitted.Task;

        public bool TryAdmit() => _admitted.TrySetResult();

        public void Cancel(CancellationToken token)
        {
            if (_admitted.TrySetCanceled(token))
            {
                gate.Remove(this);
            }
        }

        public void Dispose() => gate.Leave(weight);
    }
}
