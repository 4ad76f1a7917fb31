namespace Egress.TestKit;

/// <summary>Waits for a condition that raises no event: checks it repeatedly, up to a limit.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Generous: a busy machine is not a failure.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Looks until a condition holds.</summary>
    /// <param name="condition">Whether it does.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="cancellationToken">Ends the running test.</param>
    /// <exception cref="TimeoutException">It did not within 90 seconds.</exception>
    public static Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken) =>
        UntilAsync(condition, static holds => holds, what, static holds => $"{holds}", cancellationToken);

    /// <summary>Looks until something is as wanted.</summary>
    /// <param name="look">What there is now.</param>
    /// <param name="wanted">Whether it is that.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="describe">Describes what was seen, for the message.</param>
    /// <param name="cancellationToken">Ends the running test.</param>
    /// <returns>What was seen last.</returns>
    /// <exception cref="TimeoutException">It was not within 90 seconds.</exception>
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
