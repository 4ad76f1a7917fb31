using System.Data;
using System.Data.Common;

namespace Egress.Records.Sql;

/// <summary>Runs statements on pooled connections, within the time limit, with the driver's exceptions translated.</summary>
internal sealed class SqlDatabase(DbDataSource source, Func<Exception, BackendFault> classify, QueryDeadline deadline, string endpoint)
    : IAsyncDisposable
{
    /// <summary>Runs a query, once more when the connection turns out to be broken: one from the pool may have died long ago.</summary>
    /// <exception cref="BackendException">The database refused, failed or did not answer in time.</exception>
    public ValueTask<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> query, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(query, mayRepeat: true, token), cancellationToken);

    /// <summary>Runs a statement that must not be repeated: it may have taken effect before the connection broke.</summary>
    /// <exception cref="BackendException">The database refused, failed or did not answer in time.</exception>
    public ValueTask<T> WriteAsync<T>(Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(statement, mayRepeat: false, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, bool mayRepeat, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                try
                {
                    return await work(connection, cancellationToken);
                }
                catch (DbException) when (mayRepeat && connection.State is not ConnectionState.Open)
                {
                    mayRepeat = false;
                }
            }
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or BackendException))
        {
            // Of every kind: what a driver does not support or understand it reports in whatever it falls over.
            throw new BackendException(Backend.Database, classify(exception), $"{endpoint}: {exception.Message}", exception);
        }
    }
}
