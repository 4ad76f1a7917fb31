using System.Net;
using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Callbacks.Network;
using Egress.Downloads;
using Egress.TestKit.Network;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Integration.Tests.Callbacks;

/// <summary>Tests of the HTTP client that sends callbacks, over real connections.</summary>
public sealed class CallbackHttpTests
{
    private static readonly CallbackOptions Private = new() { AllowPrivateNetworks = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var receiver = await CallbackReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });

        var answer = await SendAsync(Private, receiver.Url);

        Assert.Equal(CallbackVerdict.Final, answer.Verdict);
        Assert.StartsWith($"{status} ", answer.Text, StringComparison.Ordinal);
        Assert.Equal("POST /hook", (await receiver.NextAsync(Token)).Line);
        Assert.Equal(1, receiver.Connections);
    }

    [Fact]
    public async Task The_checked_address_is_the_one_that_is_connected_to()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        var resolved = 0;
        Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
            Task.FromResult<IPAddress[]>([++resolved == 1 ? IPAddress.Loopback : IPAddress.Parse("192.0.2.1")]);

        var answer = await SendAsync(Private, $"http://rebound.test:{receiver.Port}/hook", ResolveAsync);

        Assert.Equal((CallbackVerdict.Delivered, 1), (answer.Verdict, resolved));
        Assert.Equal($"rebound.test:{receiver.Port}", (await receiver.NextAsync(Token)).Headers["Host"]);
    }

    [Fact]
    public async Task A_host_with_public_and_private_addresses_is_never_called_at_a_private_one()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        var open = IPAddress.Parse("2606:4700:ffff:ffff::dead");
        var called = new List<IPAddress>();

        // The receiver on this machine stands in for the public address, so that no request leaves the machine.
        var answer = await SendAsync(
            new CallbackOptions(),
            $"http://mixed.test:{receiver.Port}/hook",
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, open, IPAddress.Parse("10.0.0.1")]),
            (socket, addresses, port, cancellationToken) =>
            {
                called.AddRange(addresses);
                return socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            });

        Assert.Equal(CallbackVerdict.Delivered, answer.Verdict);
        Assert.Equal([open], called);
    }

    [Fact]
    public async Task The_status_is_used_even_if_the_body_does_not_end()
    {
        await using var receiver = await CallbackReceiver.StartAsync(async context =>
        {
            await context.Response.WriteAsync("taken", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        var answer = await SendAsync(Private with { Timeout = TimeSpan.FromSeconds(2) }, receiver.Url);

        Assert.Equal(CallbackVerdict.Delivered, answer.Verdict);
    }

    [Fact]
    public async Task A_closed_port_is_retried()
    {
        var answer = await SendAsync(Private, $"http://127.0.0.1:{Egress.TestKit.FreePort.Next()}/");
        Assert.Equal(CallbackVerdict.TryAgain, answer.Verdict);
    }

    private static async Task<CallbackAnswer> SendAsync(
        CallbackOptions options, string url, ResolveHost? resolve = null, ConnectSocket? connect = null)
    {
        using var http = CallbackHttp.CreateClient(options, resolve, connect);
        var outcome = new DownloadOutcome(DownloadStatus.Completed, FailureReason.None)
        {
            FilesRequested = 1,
            FilesSucceeded = 1,
            SourceBytes = 1,
            ArchiveBytes = 1,
            Duration = TimeSpan.Zero,
        };
        var message = CallbackMessage.Create("msg_1", url, CallbackPayload.From("d", "r", outcome, DateTimeOffset.UnixEpoch));
        return await new CallbackSender(http, options, TimeProvider.System).SendAsync(message, Token);
    }
}
