using Egress.Backends;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Runs Redis commands within the time limit, and translates the driver's exceptions.</summary>
internal sealed class RedisDatabase(RedisConnection connection, QueryDeadline deadline, string endpoint) : IAsyncDisposable
{
    /// <summary>Runs commands that may be repeated. If the connection is lost, they are repeated once on a new one.</summary>
    /// <exception cref="BackendException">The server refused, failed or did not answer in time.</exception>
    public ValueTask<T> RunAsync<T>(Func<IDatabase, Task<T>> commands, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(commands, mayRepeat: true, token), cancellationToken);

    /// <summary>Runs a command that must not be repeated, because it may have taken effect before the connection was lost.</summary>
    /// <exception cref="BackendException">The server refused, failed or did not answer in time.</exception>
    public ValueTask<T> RunOnceAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(command, mayRepeat: false, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> commands, bool mayRepeat, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await commands(await connection.GetAsync(cancellationToken));
            }
            catch (Exception exception) when (!exception.IsTranslated(cancellationToken))
            {
                // All exceptions are caught, because those of the driver have no common base class: one example is that for a database number that
                // does not exist.
                var fault = RedisFaults.From(exception, endpoint);
                if (!mayRepeat || fault.Fault is not BackendFault.Unavailable)
                {
                    throw fault;
                }

                mayRepeat = false;
            }
        }
    }
}
