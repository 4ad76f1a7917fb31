using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>The connection to Redis. It is opened by the first call, and opened again by the first call after it was lost.</summary>
/// <remarks>
/// The driver reconnects on a schedule, and reports a lost connection without its cause. A new attempt reports the cause immediately. See
/// <c>docs/decisions/0009-redis-reconnect.md</c>.
/// </remarks>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConfigurationOptions _options;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private bool _disposed;

    /// <param name="options">The options of the connection, to which this constructor adds values.</param>
    /// <param name="limit">The time limit for connecting; zero for the default of the driver.</param>
    /// <param name="time">Measures the limit.</param>
    public RedisConnection(ConfigurationOptions options, TimeSpan limit, TimeProvider time)
    {
        (_options, _limit, _time) = (options, limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan, time);
        _options.AbortOnConnectFail = true;
        _options.BacklogPolicy = BacklogPolicy.FailFast;
        // The driver does not retry, because it could then miss a failure and wait for its whole time limit.
        _options.ConnectRetry = 0;
        if (limit > TimeSpan.Zero)
        {
            // The limits of the driver are longer than that of this class, because the driver would report a slow connection as refused.
            _options.ConnectTimeout = _options.AsyncTimeout = (int)Math.Min(2 * limit.TotalMilliseconds, int.MaxValue);
        }

        if (limit > TimeSpan.Zero && HasSeveralServers)
        {
            // The driver waits up to this limit for each server, although one is enough. So the limit is shorter than that of this class.
            _options.ConnectTimeout = (int)Math.Clamp(limit.TotalMilliseconds / 2, 1, int.MaxValue);
        }
    }

    /// <summary>Returns the open connection, or waits for the running attempt to open it.</summary>
    /// <exception cref="RedisConnectionException">There is no connection, and none can be opened.</exception>
    /// <exception cref="TimeoutException">Connecting takes too long.</exception>
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

    private bool HasSeveralServers => _options.EndPoints.Count > 1;

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
        // Leaves the lock of the caller, because connecting starts with synchronous work.
        await Task.Yield();
        if (lost is not null)
        {
            await CloseAsync(lost);
        }

        if (!HasSeveralServers)
        {
            await ReachAsync(_options.EndPoints[0]);
        }

        var connecting = ConnectionMultiplexer.ConnectAsync(_options);
        try
        {
            return await connecting.WaitAsync(_limit, _time);
        }
        catch (TimeoutException)
        {
            _ = CloseAsync(connecting);
            throw;
        }
    }

    /// <summary>Opens a socket to the server and closes it. Unlike the driver, this fails immediately and with the cause.</summary>
    private async Task ReachAsync(EndPoint server)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(_limit, _time);
        try
        {
            await socket.ConnectAsync(server, limit.Token);
        }
        catch (SocketException exception)
        {
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, exception.Message, exception);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException("The server accepts no connection.", exception);
        }
    }

    private static async Task CloseAsync(Task<ConnectionMultiplexer> connecting)
    {
        // The exception of a failed attempt is ignored here, because the calls that waited for it have thrown it.
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
        {
            await connecting.Result.DisposeAsync();
        }
    }
}
