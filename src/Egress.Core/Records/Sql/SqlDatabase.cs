using System.Data.Common;
using Egress.Backends;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>Runs statements on pooled connections, within the time limit, and translates the driver's exceptions.</summary>
internal sealed class SqlDatabase(DbDataSource source, Func<Exception, BackendFault> classify, QueryDeadline deadline, string endpoint)
    : IAsyncDisposable
{
    /// <summary>
    /// Runs a statement that may be repeated. It is repeated once if the database cannot be reached or the connection is lost, because a connection
    /// from the pool may have been lost long ago.
    /// </summary>
    /// <exception cref="BackendException">The database refused, failed or did not answer in time.</exception>
    public ValueTask<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(statement, mayRepeat: true, token), cancellationToken);

    /// <summary>
    /// Runs a statement on a table of Egress. If it fails although the table was found before, looks the table up again and repeats the statement
    /// once, because the table may have been dropped. In SQLite, a statement also fails with "no such table" while another connection that has just
    /// created the table is still writing; looking the table up makes SQLite read its catalog again.
    /// </summary>
    /// <exception cref="BackendException">The database refused, failed or did not answer in time.</exception>
    public async ValueTask<T> RunAsync<T>(SqlOwnTable table, Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(statement, cancellationToken);
        }
        catch (BackendException fault) when (fault.Fault is BackendFault.Malformed && table.WasSeen)
        {
            table.Forget();
            return await RunAsync(statement, cancellationToken);
        }
    }

    /// <summary>Runs a statement that must not be repeated, because it may have taken effect before the connection was lost.</summary>
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
            catch (Exception exception) when (!exception.IsTranslated(cancellationToken))
            {
                // All exceptions are caught, because drivers have no common exception type for unsupported or unreadable values.
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
