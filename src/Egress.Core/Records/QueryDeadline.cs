using Egress.Backends;
using Egress.Settings.Formats;

namespace Egress.Records;

/// <summary>Limits the time of an operation on a record store.</summary>
/// <param name="limit">The time limit; zero is unlimited.</param>
/// <param name="time">Measures the limit.</param>
/// <param name="endpoint">The database, for the message.</param>
internal sealed class QueryDeadline(TimeSpan limit, TimeProvider time, string endpoint)
{
    /// <summary>
    /// Runs an operation within the time limit, at which the operation is canceled. The caller does not wait for a driver that ignores the
    /// cancellation. Such an operation releases its resources when it ends.
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
            // Nothing awaits the abandoned operation, so its exception is read here. It would otherwise be reported as unobserved.
            _ = running.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackendException(
                Backend.Database, BackendFault.TimedOut, $"{endpoint} did not answer within {GoDuration.Write(limit)}.", exception);
        }
    }
}

/// <summary>Decides which exceptions of a database operation are not translated to a <see cref="BackendException"/>.</summary>
internal static class QueryExceptions
{
    /// <summary>Whether an exception is a <see cref="BackendException"/> or the requested cancellation. All others must be translated.</summary>
    public static bool IsTranslated(this Exception exception, CancellationToken cancellationToken) =>
        exception is BackendException || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested);
}
