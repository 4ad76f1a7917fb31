using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>The connection to Redis: made when first needed, and made anew as soon as it is needed after a loss.</summary>
/// <remarks>The driver's own reconnecting goes by a schedule and reports a lost connection without its cause; a fresh attempt
/// answers at once, with the cause.</remarks>
internal sealed class RedisConnection(ConfigurationOptions options) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private bool _disposed;

    /// <summary>Gives the live connection, or joins the one attempt to make it.</summary>
    /// <exception cref="RedisConnectionException">There is no connection, and none can be made.</exception>
    public async Task<IDatabase> GetAsync(CancellationToken cancellationToken) =>
        (await Connecting().WaitAsync(cancellationToken)).GetDatabase();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? last;
        lock (_gate)
        {
            _disposed = true;
            last = _connecting;
        }

        if (last is not null)
        {
            await CloseAsync(last);
        }
    }

    private Task<ConnectionMultiplexer> Connecting()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connecting is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result.IsConnected: true })
            {
                return _connecting;
            }

            return _connecting = ReplaceAsync(_connecting);
        }
    }

    private async Task<ConnectionMultiplexer> ReplaceAsync(Task<ConnectionMultiplexer>? lost)
    {
        // Not under the lock: connecting starts with synchronous work.
        await Task.Yield();
        if (lost is not null)
        {
            await CloseAsync(lost);
        }

        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private static async Task CloseAsync(Task<ConnectionMultiplexer> connecting)
    {
        try
        {
            await (await connecting).DisposeAsync();
        }
        catch (RedisConnectionException)
        {
            // Never was connected: whoever waited for it was told.
        }
    }
}
