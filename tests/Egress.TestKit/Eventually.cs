namespace Egress.TestKit;

/// <summary>Waits for conditions that no event reports. Checks them repeatedly, up to a time limit.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The time limit. It is long, so that tests do not fail on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Returns whether the condition holds.</param>
    /// <param name="what">Description of the condition for the error message.</param>
    /// <param name="cancellationToken">Canceled when the running test ends.</param>
    /// <exception cref="TimeoutException">The condition did not hold within 90 seconds.</exception>
    public static Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken) =>
        UntilAsync(condition, static holds => holds, what, static holds => $"{holds}", cancellationToken);

    /// <summary>Reads a value until it fulfills a condition.</summary>
    /// <param name="look">Reads the value.</param>
    /// <param name="wanted">Returns whether the value fulfills the condition.</param>
    /// <param name="what">Description of the condition for the error message.</param>
    /// <param name="describe">Describes the last value for the error message.</param>
    /// <param name="cancellationToken">Canceled when the running test ends.</param>
    /// <returns>The first value that fulfills the condition.</returns>
    /// <exception cref="TimeoutException">No value fulfilled the condition within 90 seconds.</exception>
    public static async Task<T> UntilAsync<T>(
        Func<Task<T>> look, Func<T, bool> wanted, string what, Func<T, string> describe, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var pause = new PeriodicTimer(Pause);
        var last = "nothing";
        try
        {
            while (true)
            {
                var seen = await look().WaitAsync(limit.Token);
                if (wanted(seen))
                {
                    return seen;
                }

                last = describe(seen);
                await pause.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {Limit} for {what}; last seen: {last}");
        }
    }
}
