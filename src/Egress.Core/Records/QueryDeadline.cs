using Egress.Backends;
using Egress.Settings.Formats;

namespace Egress.Records;

/// <summary>Ends a query of a record store that does not answer in time.</summary>
/// <param name="limit">Longest wait; zero is unlimited.</param>
/// <param name="time">Measures the limit.</param>
/// <param name="endpoint">Who is asked, for the message.</param>
internal sealed class QueryDeadline(TimeSpan limit, TimeProvider time, string endpoint)
{
    /// <summary>Runs an operation within the limit. The caller goes on at the limit even when the driver does not react:
    /// the operation then ends, and gives back what it holds, on its own.</summary>
    /// <exception cref="BackendException"><see cref="BackendFault.TimedOut"/>, or what the operation throws.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var timer = new CancellationTokenSource(limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var running = operation(either.Token);
        try
        {
            return await running.WaitAsync(either.Token);
        }
        catch (Exception exception) when (either.IsCancellationRequested && exception is OperationCanceledException or BackendException)
        {
            // What an abandoned operation throws is of no interest any more; unobserved it would be reported as an error.
            _ = running.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackendException(
                Backend.Database, BackendFault.TimedOut, $"{endpoint} did not answer within {GoDuration.Write(limit)}.", exception);
        }
    }
}
