using System.Collections.Concurrent;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.EndToEnd.Tests.Callbacks;

/// <summary>Tests that no callback is lost and no two contradict each other, even if the receiver often fails.</summary>
public sealed class ManyCallbacksTests
{
    private const int Downloads = 1000;
    private const int Limit = 300_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task A_thousand_downloads_are_reported_to_a_receiver_that_fails_half_of_the_time()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var requests = 0;
        var taken = new ConcurrentDictionary<string, int>();
        var all = new TaskCompletionSource();
        await using var receiver = await CallbackReceiver.StartAsync(context =>
        {
            if (Interlocked.Increment(ref requests) % 2 == 0)
            {
                context.Response.StatusCode = 500;
            }
            else if (taken.TryAdd(context.Request.Headers["webhook-id"].ToString(), 0) && taken.Count == Downloads)
            {
                all.TrySetResult();
            }

            return Task.CompletedTask;
        });
        await using var server = await EgressServer.StartAsync(
            ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("CALLBACK_RETRY_DELAY", "1ms"), ("CALLBACK_MAX_RETRIES", "100"), ("RESUME_WINDOW", "0"));
        var small = await CreateLinkAsync(server, receiver.Url, "small", 1000);
        var large = await CreateLinkAsync(server, receiver.Url, "large", 64 << 20);

        await Parallel.ForAsync(0, Downloads, cancellation, async (i, _) => await (Leaves(i) ? LeaveAsync(server, large, i) : GetAsync(server, small, i)));
        await all.Task.WaitAsync(cancellation);

        var bodies = new Dictionary<string, string>();
        for (var i = Volatile.Read(ref requests); i > 0; i--)
        {
            var received = await receiver.NextAsync(Token);
            var id = received.Headers["webhook-id"];
            Assert.Equal(bodies.GetValueOrDefault(id, received.Body), received.Body);
            bodies[id] = received.Body;
        }

        Assert.Equal(
            Enumerable.Range(0, Downloads).Select(i => (i, Leaves(i) ? "failed" : "completed", Leaves(i) ? "client_disconnected" : null)),
            taken.Keys.Select(id => Read(bodies[id])).Order());
        Assert.Empty((await server.RunAsync("callbacks", "list")).EnsureSuccess().Output);
    }

    private static bool Leaves(int number) => number % 10 == 9;

    private static async Task GetAsync(EgressServer server, string link, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { { "X-Request-ID", $"{number}" } } };
        using var response = await server.Client.SendAsync(request, Token);
        response.EnsureSuccessStatusCode();
    }

    private static async Task LeaveAsync(EgressServer server, string link, int number)
    {
        await using var client = await RawHttpClient.SendAsync(
            new Uri(server.Client.BaseAddress!, link), headers: [$"X-Request-ID: {number}"], cancellationToken: Token);
        await client.ReadRawAsync(100_000, Token);
    }

    private static (int Number, string Status, string? Reason) Read(string body)
    {
        var callback = JsonElement.Parse(body);
        return (
            int.Parse(callback.GetProperty("request_id").GetString()!, provider: null),
            callback.GetProperty("status").GetString()!,
            callback.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }

    private static async Task<string> CreateLinkAsync(EgressServer server, string callback, string id, int size)
    {
        await server.PutAsync("b", $"{id}.jpg", Content.Make(size, 1));
        var created = await server.RunAsync("link", "create", "--bucket", "b", "--object", $"{id}.jpg", "--id", id, "--callback", callback);
        return new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
    }
}
