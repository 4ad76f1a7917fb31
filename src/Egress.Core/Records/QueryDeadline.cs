using Egress.Backends;
using Egress.Settings.Formats;

namespace Egress.Records;

/// <summary>Ends a query of a record store that does not answer in time.</summary>
/// <param name="limit">The time limit; zero is unlimited.</param>
/// <param name="time">Measures the limit.</param>
/// <param name="endpoint">The database, for the message.</param>
internal sealed class QueryDeadline(TimeSpan limit, TimeProvider time, string endpoint)
{
    /// <summary>
    /// Runs an operation within the limit. The caller continues at the limit even if the driver does not react to the cancellation. The operation
    /// then ends and releases its resources on its own.
    /// </summary>
    /// <exception cref="BackendException"><see cref="BackendFault.TimedOut"/>, or the exception of the operation.</exception>
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
            // No code awaits an abandoned operation. Its exception is read here, so that it is not reported as unobserved.
            _ = running.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackendException(
                Backend.Database, BackendFault.TimedOut, $"{endpoint} did not answer within {GoDuration.Write(limit)}.", exception);
        }
    }
}

/// <summary>Decides which exceptions of an operation are thrown without translation.</summary>
internal static class QueryExceptions
{
    /// <summary>Whether an exception is already a fault, or the requested cancellation. All others are translated.</summary>
    public static bool IsTranslated(this Exception exception, CancellationToken cancellationToken) =>
        exception is BackendException || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested);
}
