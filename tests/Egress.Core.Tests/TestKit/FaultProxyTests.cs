using System.Net;
using System.Net.Sockets;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.Core.Tests.TestKit;

public sealed class FaultProxyTests : IAsyncLifetime
{
    private readonly EchoServer _server = new();
    private readonly FaultProxy _proxy;

    public FaultProxyTests() => _proxy = new FaultProxy(_server.Port);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_fault_every_byte_passes()
    {
        byte[] sent = Bytes(1_000_000);
        await using NetworkStream stream = await ConnectAsync();

        Task sending = stream.WriteAsync(sent, Token).AsTask();
        byte[] received = new byte[sent.Length];
        await stream.ReadExactlyAsync(received, Token);
        await sending;

        Assert.Equal(sent, received);
        Assert.Equal(1, _proxy.Accepted);
    }

    [Fact]
    public async Task A_close_comes_exactly_after_its_bytes_and_once()
    {
        _proxy.FailNext(Fault.Cut(70_000, CutKind.Close));

        await using NetworkStream cut = await ConnectAsync();
        Task sending = cut.WriteAsync(Bytes(100_000), Token).AsTask();
        Assert.Equal(70_000, await ReadToEndAsync(cut));
        await sending;

        await using NetworkStream whole = await ConnectAsync();
        await EchoAsync(whole, Bytes(100_000));
    }

    [Fact]
    public async Task A_reset_fails_the_reading()
    {
        _proxy.FailAll(Fault.Cut(10));
        await using NetworkStream stream = await ConnectAsync();
        await stream.WriteAsync(Bytes(20), Token);

        IOException error = await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(stream));

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_cut_towards_the_server_forwards_only_the_bytes_before_it()
    {
        _proxy.FailNext(Fault.Cut(10, CutKind.Close, Direction.ToServer));
        await using NetworkStream stream = await ConnectAsync();

        await stream.WriteAsync(Bytes(20), Token);

        Assert.InRange(await ReadToEndAsync(stream), 0, 10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_536)]
    [InlineData(99_999)]
    public async Task A_corrupted_byte_is_the_only_one(int offset)
    {
        byte[] sent = Bytes(100_000);
        _proxy.FailNext(Fault.Corrupt(offset));
        await using NetworkStream stream = await ConnectAsync();

        Task sending = stream.WriteAsync(sent, Token).AsTask();
        byte[] received = new byte[sent.Length];
        await stream.ReadExactlyAsync(received, Token);
        await sending;

        sent[offset] ^= 0xFF;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task A_stall_holds_until_it_is_released()
    {
        StallFault stall = Fault.Stall(4);
        _proxy.FailNext(stall);
        await using NetworkStream stream = await ConnectAsync();
        byte[] received = new byte[8];

        await stream.WriteAsync(Bytes(8), Token);
        await stream.ReadExactlyAsync(received.AsMemory(0, 4), Token);
        await stall.Applied.WaitAsync(Token);
        Assert.Equal(0, stream.Socket.Available);

        stall.Release();
        await stream.ReadExactlyAsync(received.AsMemory(4), Token);
        Assert.Equal(Bytes(8), received);
    }

    [Fact]
    public async Task A_client_that_disconnects_during_a_stall_ends_the_connection()
    {
        StallFault stall = Fault.Stall(0);
        _proxy.FailNext(stall);
        NetworkStream stream = await ConnectAsync();
        await stall.Applied.WaitAsync(Token);
        Assert.Equal(1, _proxy.Open);

        await stream.DisposeAsync();

        await _proxy.WaitUntilIdleAsync(Token);
        Assert.Equal(0, _proxy.Open);
    }

    [Fact]
    public async Task A_proxy_that_refuses_can_be_made_to_accept_again()
    {
        _proxy.Refuse();
        SocketException error = await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);

        _proxy.Accept();
        await using NetworkStream stream = await ConnectAsync();
        await EchoAsync(stream, Bytes(10));
    }

    [Fact]
    public async Task Open_connections_can_be_reset()
    {
        await using NetworkStream stream = await ConnectAsync();
        await EchoAsync(stream, Bytes(10));

        _proxy.ResetAll();

        await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(stream));
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(n => (byte)(n % 251))];

    private static async Task EchoAsync(NetworkStream stream, byte[] sent)
    {
        Task sending = stream.WriteAsync(sent, Token).AsTask();
        byte[] received = new byte[sent.Length];
        await stream.ReadExactlyAsync(received, Token);
        await sending;
        Assert.Equal(sent, received);
    }

    private static async Task<long> ReadToEndAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[4096];
        long total = 0;
        for (int read; (read = await stream.ReadAsync(buffer, Token)) > 0;)
        {
            total += read;
        }

        return total;
    }

    private async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _proxy.Port, Token);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
