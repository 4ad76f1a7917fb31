using System.IO.Hashing;
using System.Net;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Tests of the responses while the storage fails, for a moment or permanently.</summary>
public sealed class StorageFaultTests
{
    private const string Key = "big.jpg";
    private const int Size = 24 << 20;
    private const string State = "egress_circuit_breaker_state{backend=\"storage\"}";

    private static readonly byte[] Object = Content.Make(Size, 3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Temporary_faults_heal_without_an_effect_on_the_client()
    {
        await using var remote = await RemoteServer.StartAsync("s3", ("STORAGE_FETCH_TIMEOUT", "5s"));
        var link = await PutAsync(remote);
        var expected = await remote.Server.Client.GetByteArrayAsync(link, Token);
        foreach (var fault in new Action<HttpFaultProxy>[]
        {
            proxy =>
            {
                proxy.Fail(Fault.Cut(afterBytes: 100_000), times: 2, when: IsGet);
                proxy.Answer(503, times: 2, when: IsGet);
            },
            proxy => proxy.Fail(Fault.Cut(afterBytes: 100_000, CutKind.Close), times: 2, when: IsGet),
            proxy => proxy.Answer(429, retryAfterSeconds: 0, times: 2),
            proxy => proxy.Answer(503, times: 2),
            proxy => proxy.FailHead(Fault.Cut(afterBytes: 0), times: 2),
            proxy => proxy.FailHead(Fault.Cut(afterBytes: 50), times: 2),
            proxy => proxy.FailHead(Fault.Corrupt(offset: 0), times: 2),
            proxy => proxy.FailHead(Fault.Delay(TimeSpan.FromMilliseconds(200)), times: 2),
            proxy => proxy.FailHead(Fault.Stall(afterBytes: 0), times: 1),
            proxy => proxy.Fail(Fault.Stall(afterBytes: 100_000), times: 1, when: IsGet),
        })
        {
            fault(remote.Proxy);
            Assert.Equal(expected, await remote.Server.Client.GetByteArrayAsync(link, Token));
            remote.Proxy.Heal();
        }
    }

    [Fact]
    public async Task Lasting_faults_give_a_status_before_the_first_byte()
    {
        await using var remote = await RemoteServer.StartAsync(
            "s3", ("CIRCUIT_BREAKER_THRESHOLD", "0"), ("STORAGE_FETCH_TIMEOUT", "5s"), ("STORAGE_MAX_RETRIES", "1"));
        var link = await PutAsync(remote);
        foreach (var method in new[] { "HEAD", "GET" })
        {
            foreach (var (fault, status, code) in new (Action<HttpFaultProxy>, int, string)[]
            {
                (proxy => proxy.Answer(503, when: Is), 502, "storage-unavailable"),
                (proxy => proxy.Answer(429, when: Is), 502, "storage-throttled"),
                (proxy => proxy.Answer(403, when: Is), 502, "storage-denied"),
                (proxy => proxy.FailHead(Fault.Cut(afterBytes: 0), when: Is), 502, "storage-unavailable"),
                (proxy => proxy.FailHead(Fault.Corrupt(offset: 0), when: Is), 502, "storage-unavailable"),
                (proxy => proxy.FailHead(Fault.Stall(afterBytes: 0), when: Is), 504, "storage-timed-out"),
            })
            {
                fault(remote.Proxy);
                await AssertProblemAsync(remote, link, status, code);
                remote.Proxy.Heal();
            }

            bool Is(HttpHead head) => head.Method == method;
        }

        remote.Proxy.Answer(412, when: IsGet);
        await AssertProblemAsync(remote, link, 502, "file-changed");
        remote.Proxy.Refuse();
        await AssertProblemAsync(remote, link, 502, "storage-unavailable");
    }

    [Fact]
    public async Task The_time_to_the_first_byte_is_limited_as_a_whole()
    {
        await using var remote = await RemoteServer.StartAsync("s3", ("REQUEST_TIMEOUT", "3s"));
        var link = await PutAsync(remote);
        remote.Proxy.FailHead(Fault.Stall(afterBytes: 0));
        await AssertProblemAsync(remote, link, 504, "timed-out");
    }

    [Fact]
    public async Task Lasting_faults_after_the_first_byte_abort_the_transfer()
    {
        await using var remote = await RemoteServer.StartAsync(
            "s3", ("CIRCUIT_BREAKER_THRESHOLD", "0"), ("STORAGE_FETCH_TIMEOUT", "5s"), ("STORAGE_MAX_RETRIES", "1"));
        var link = await PutAsync(remote);
        var length = (await remote.Server.Client.GetByteArrayAsync(link, Token)).Length;
        foreach (var fault in new Action<HttpFaultProxy>[]
        {
            proxy => proxy.Answer(403, when: IsLater),
            proxy => proxy.Answer(412, when: IsLater),
            proxy => proxy.Answer(429, when: IsLater),
            proxy => proxy.Answer(503, when: IsLater),
            proxy => proxy.FailHead(Fault.Corrupt(offset: 0), when: IsLater),
            proxy => proxy.FailHead(Fault.Stall(afterBytes: 0), when: IsLater),
            proxy => proxy.Fail(Fault.Cut(afterBytes: 100_000), when: IsLater),
            proxy => proxy.Fail(Fault.Stall(afterBytes: 100_000), when: IsLater),
        })
        {
            fault(remote.Proxy);
            await AssertBrokenAsync(remote, link, length);
            remote.Proxy.Heal();
        }

        // Whether a request is for a later chunk. The first chunk gets no fault, because a failure before the client's first byte would get a status.
        static bool IsLater(HttpHead head) => IsGet(head) && !head.Headers["Range"].StartsWith("bytes=0-", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Corrupted_bytes_never_make_a_complete_archive_where_the_checksum_is_known()
    {
        await using var remote = await RemoteServer.StartAsync("s3");
        await remote.PutAsync(Key, Object);
        var link = await remote.AddAsync(new ObjectItem(Key) { Crc32 = Crc32.HashToUInt32(Object) });
        var whole = await remote.Server.Client.GetByteArrayAsync(link, Token);
        foreach (var offset in new[] { 0, 100_000 })
        {
            var corruption = remote.Proxy.Fail(Fault.Corrupt(offset), times: 1, when: IsGet);
            await AssertBrokenAsync(remote, link, whole.Length);
            Assert.True(corruption.Applied.IsCompleted);
        }

        Assert.Equal(whole, await remote.Server.Client.GetByteArrayAsync(link, Token));
    }

    [Fact]
    public async Task Missing_objects_do_not_open_the_breaker_failures_do_and_two_successes_close_it()
    {
        await using var remote = await RemoteServer.StartAsync(
            "s3", ("CIRCUIT_BREAKER_THRESHOLD", "5"), ("CIRCUIT_BREAKER_TIMEOUT", "15s"), ("STORAGE_MAX_RETRIES", "1"), ("MANIFEST_REUSE", "0"));
        var client = remote.Server.Client;
        var (link, missing) = (await PutAsync(remote), await remote.AddAsync(new ObjectItem("gone.txt")));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(404, await StatusAsync(client, missing));
        }

        Assert.Equal(0, (await Scrape.ReadAsync(client, Token))[State]);
        remote.Proxy.Answer(503);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(502, await StatusAsync(client, link));
        }

        Assert.Equal(1, (await Scrape.ReadAsync(client, Token))[State]);
        var asked = remote.Proxy.Requests.Count;
        using (var refused = await client.GetAsync(link, Token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 15);
        }

        Assert.Equal(asked, remote.Proxy.Requests.Count);
        remote.Proxy.Heal();
        await Eventually.UntilAsync(
            async () => await StatusAsync(client, link, HttpMethod.Head) != 503, "the end of the time in which the storage is not asked", Token);

        // A HEAD request needs one look-up, which is the first trial call of the circuit breaker.
        Assert.Equal(2, (await Scrape.ReadAsync(client, Token))[State]);
        Assert.Equal(200, await StatusAsync(client, link, HttpMethod.Head));
        Assert.Equal(0, (await Scrape.ReadAsync(client, Token))[State]);
    }

    private static async Task<string> PutAsync(RemoteServer remote)
    {
        await remote.PutAsync(Key, Object);
        return await remote.AddAsync(new ObjectItem(Key));
    }

    /// <summary>Whether a request is for the object, and not for a health check of the storage.</summary>
    private static bool IsGet(HttpHead head) => head.Method == "GET" && head.Target.Contains(Key, StringComparison.Ordinal);

    private static async Task<int> StatusAsync(HttpClient client, string link, HttpMethod? method = null)
    {
        using var answer = await client.SendAsync(new HttpRequestMessage(method ?? HttpMethod.Get, link), Token);
        return (int)answer.StatusCode;
    }

    private static async Task AssertProblemAsync(RemoteServer remote, string link, int status, string code)
    {
        using var answer = await remote.Server.Client.GetAsync(link, Token);
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode} instead of {status}: {body}");
        Assert.Contains($"\"urn:egress:problem:{code}\"", body, StringComparison.Ordinal);
    }

    private static async Task AssertBrokenAsync(RemoteServer remote, string link, long length)
    {
        await using var client = await RawHttpClient.SendAsync(new Uri(remote.Server.Client.BaseAddress!, link), cancellationToken: Token);
        Assert.Equal((200, $"{length}"), (client.Head.Status, client.Head.Headers["Content-Length"]));
        Assert.NotEqual(BodyEnd.Whole, await client.ReadBodyAsync(cancellationToken: Token));
    }
}
