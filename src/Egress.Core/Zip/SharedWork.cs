namespace Egress.Zip;

/// <summary>Pieces that are worked on by one thread and whoever is idle beside it (<see cref="CpuWorkers.InOrderAsync"/>). Used once.</summary>
internal sealed class SharedWork<T>(IReadOnlyList<T> pieces, Func<T, Task> work)
{
    private readonly TaskCompletionSource[] _done =
        [.. pieces.Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

    private IReadOnlyList<T> _pieces = pieces;
    private Func<T, Task> _work = work;
    private int _taken;

    /// <inheritdoc cref="CpuWorkers.InOrderAsync"/>
    public async IAsyncEnumerable<T> RunAsync(int cores)
    {
        for (var other = 1; other < Math.Min(cores, _pieces.Count); other++)
        {
            Help();
        }

        try
        {
            for (var i = 0; i < _done.Length; i++)
            {
                while (!_done[i].Task.IsCompleted && await TakeAsync().ConfigureAwait(false))
                {
                }

                await _done[i].Task.ConfigureAwait(false);
                yield return _pieces[i];
            }
        }
        finally
        {
            var taken = Math.Min(Interlocked.Exchange(ref _taken, _done.Length), _done.Length);
            await Task.WhenAll(_done.Take(taken).Select(static done => done.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Whoever comes late must not hold what they refer to.
            (_pieces, _work) = ([], null!);
        }
    }

    // One piece at a time: others wait for these cores as well.
    private void Help() => _ = CpuWorkers.RunAsync(HelpAsync, CancellationToken.None);

    private async Task HelpAsync()
    {
        if (await TakeAsync().ConfigureAwait(false))
        {
            Help();
        }
    }

    /// <returns>False when no piece was left.</returns>
    private async Task<bool> TakeAsync()
    {
        var index = Interlocked.Increment(ref _taken) - 1;
        if (index >= _done.Length)
        {
            return false;
        }

        try
        {
            await _work(_pieces[index]).ConfigureAwait(false);
            _done[index].SetResult();
        }
        catch (Exception exception)
        {
            _done[index].SetException(exception);
        }

        return true;
    }
}
