using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests of the shutdown of the server. The drain limit is longer than the time limit of a test.</summary>
public sealed class ShutdownTests
{
    private const int Size = 64 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(UnixSignal.Terminate)]
    [InlineData(UnixSignal.Interrupt)]
    public async Task An_idle_server_ends_at_once_also_when_clients_keep_their_connections(UnixSignal signal)
    {
        await using var server = await EgressServer.StartAsync(("SHUTDOWN_TIMEOUT", "23h"));
        using var kept = await server.Client.GetAsync("/health", Token);
        server.Process.Signal(signal);
        Assert.Equal(0, await server.Process.Exited.WaitAsync(Limit, TimeProvider.System, Token));
    }

    [Fact]
    public async Task The_server_ends_after_the_last_download_and_a_slow_client_gets_all_of_it()
    {
        await using var server = await EgressServer.StartAsync(("SHUTDOWN_TIMEOUT", "23h"));
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var link = new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg"));
        await using var running = await RawHttpClient.SendAsync(link, cancellationToken: Token);
        server.Process.Signal(UnixSignal.Terminate);
        await server.Process.WaitForLineAsync("\"EventId\":6001", Limit);

        // The client reads the last bytes so late that a server that does not wait for it would already have exited.
        using var pace = new MemoryStream();
        Assert.Equal(BodyEnd.Whole, await running.ReadBodyAsync(pace, bytesPerSecond: 16 << 20, Token));
        Assert.Equal(0, await server.Process.Exited.WaitAsync(Limit, TimeProvider.System, Token));
    }

    [Fact]
    public async Task A_second_signal_aborts_running_downloads()
    {
        await using var server = await EgressServer.StartAsync(("SHUTDOWN_TIMEOUT", "23h"));
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        await using var running = await RawHttpClient.SendAsync(
            new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg")), cancellationToken: Token);
        server.Process.Signal(UnixSignal.Terminate);
        await server.Process.WaitForLineAsync("\"EventId\":6001", Limit);
        server.Process.Signal(UnixSignal.Terminate);
        Assert.Equal(0, await server.Process.Exited.WaitAsync(Limit, TimeProvider.System, Token));
        Assert.Contains(server.Process.Log.Lines, line => line.Contains("\"EventId\":6002", StringComparison.Ordinal));
        Assert.NotEqual(BodyEnd.Whole, await running.ReadBodyAsync(cancellationToken: Token));
    }
}
