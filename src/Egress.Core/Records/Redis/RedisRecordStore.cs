using Egress.Records.Crc;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Records as JSON texts in Redis, under the prefix and the id.</summary>
internal sealed class RedisRecordStore(RedisConnection connection, string keyPrefix, QueryDeadline deadline, string endpoint) : IRecordBackend
{
    /// <inheritdoc/>
    public string Component => "database";

    /// <inheritdoc/>
    public ICrcCache CrcCache { get; } = new RedisCrcCache(connection, keyPrefix, deadline, endpoint);

    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!RecordId.IsUnicode(id))
        {
            return null;
        }

        var value = await ReadAsync(id, cancellationToken);
        return value.IsNull ? null : RecordDocument.Read(id, (ReadOnlyMemory<byte>)value);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        var value = RecordDocument.Write(record);
        return await deadline.RunAsync(
            token => RunAsync(database => database.StringSetAsync(keyPrefix + record.Id, value, when: When.NotExists), mayRepeat: false, token),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) =>
        // A look-up and no PING: shows that this user may read keys with the prefix.
        await ReadAsync("egress-health-check", cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private ValueTask<RedisValue> ReadAsync(string id, CancellationToken cancellationToken) =>
        deadline.RunAsync(token => RunAsync(database => database.StringGetAsync(keyPrefix + id), mayRepeat: true, token), cancellationToken);

    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command, bool mayRepeat, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await command(await connection.GetAsync(cancellationToken));
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // The connection broke, now or unnoticed before: the next one is new.
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
