using Egress.Limits;

namespace Egress.Downloads.Planning;

/// <summary>
/// Processes pieces of work and returns them in their order. Idle cores process later pieces ahead. Never waits until a busy core becomes free.
/// </summary>
/// <param name="workers">The threads of the other cores.</param>
/// <param name="pieces">The pieces, in the order in which they are returned.</param>
/// <param name="work">Processes a piece. Called on several threads at once.</param>
internal sealed class SharedWork<T>(CpuWorkers workers, IReadOnlyList<T> pieces, Func<T, Task> work)
{
    private readonly TaskCompletionSource[] _done =
        [.. pieces.Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

    private IReadOnlyList<T> _pieces = pieces;
    private Func<T, Task> _work = work;
    private int _taken;

    /// <summary>Processes the pieces. Called once.</summary>
    /// <param name="cores">The number of threads that may take part, including the calling one.</param>
    /// <returns>
    /// Each piece, after it was processed. An exception is thrown when it is the turn of its piece; other pieces may be started until then. No work is running
    /// when the enumeration ends.
    /// </returns>
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
                while (!_done[i].Task.IsCompleted && await TakeAsync())
                {
                }

                await _done[i].Task;
                yield return _pieces[i];
            }
        }
        finally
        {
            var taken = Math.Min(Interlocked.Exchange(ref _taken, _done.Length), _done.Length);
            await Task.WhenAll(_done.Take(taken).Select(static done => done.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // The references are cleared, because otherwise a worker that starts late would keep the pieces in memory.
            (_pieces, _work) = ([], null!);
        }
    }

    // A worker processes one piece at a time, because other downloads wait for these cores as well.
    private void Help() => _ = workers.RunAsync(HelpAsync, CancellationToken.None);

    private async Task HelpAsync()
    {
        if (await TakeAsync())
        {
            Help();
        }
    }

    /// <returns>Whether a piece was processed; false if none was left.</returns>
    private async Task<bool> TakeAsync()
    {
        var index = Interlocked.Increment(ref _taken) - 1;
        if (index >= _done.Length)
        {
            return false;
        }

        try
        {
            await _work(_pieces[index]);
            _done[index].SetResult();
        }
        catch (Exception exception)
        {
            _done[index].SetException(exception);
        }

        return true;
    }
}
