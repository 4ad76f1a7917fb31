using System.Data.Common;
using Egress.Backends;

namespace Egress.Records.Sql;

/// <summary>Runs statements on pooled connections, within the time limit, with the driver's exceptions translated.</summary>
internal sealed class SqlDatabase(DbDataSource source, Func<Exception, BackendFault> classify, QueryDeadline deadline, string endpoint)
    : IAsyncDisposable
{
    /// <summary>
    /// Runs a statement that may be repeated, and does so once when the database was not reached or gave way to another: a connection
    /// from the pool may have died long ago, and a new one may be cut.
    /// </summary>
    /// <exception cref="BackendException">The database refused, failed or did not answer in time.</exception>
    public ValueTask<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(statement, mayRepeat: true, token), cancellationToken);

    /// <summary>Runs a statement that must not be repeated: it may have taken effect before the connection broke.</summary>
    /// <exception cref="BackendException">The database refused, failed or did not answer in time.</exception>
    public ValueTask<T> RunOnceAsync<T>(Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(statement, mayRepeat: false, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, bool mayRepeat, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return await work(connection, cancellationToken);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or BackendException))
            {
                // Of every kind: what a driver does not support or understand it reports in whatever it falls over.
                var fault = classify(exception);
                if (!mayRepeat || fault is not BackendFault.Unavailable)
                {
                    throw new BackendException(Backend.Database, fault, $"{endpoint}: {exception.Message}", exception);
                }

                mayRepeat = false;
            }
        }
    }
}
