using Egress.Backends;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Runs commands on the connection, within the time limit, with the driver's exceptions translated.</summary>
internal sealed class RedisDatabase(RedisConnection connection, QueryDeadline deadline, string endpoint) : IAsyncDisposable
{
    /// <summary>Runs commands that may be repeated, and does so once when the connection broke, now or unnoticed before: the next one is new.</summary>
    /// <exception cref="BackendException">The server refused, failed or did not answer in time.</exception>
    public ValueTask<T> RunAsync<T>(Func<IDatabase, Task<T>> commands, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(commands, mayRepeat: true, token), cancellationToken);

    /// <summary>Runs a command that must not be repeated: it may have taken effect before the connection broke.</summary>
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
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
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
