using Egress.EndToEnd.Tests.Matrix;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>The built server with an S3 storage that can be made to fail, and a scenario with every way in which a download can end.</summary>
internal sealed class ObservedServer : IAsyncDisposable
{
    private const string Big = "big.jpg";

    /// <summary>
    /// The size of an object in bytes. It fits into one chunk, so that each fault affects it, and is larger than the bytes that a response holds back
    /// at its start.
    /// </summary>
    private const int BigSize = 400_000;

    private const int BreaksAfter = 150_000;

    private readonly string _bucket;

    private ObservedServer(EgressServer server, HttpFaultProxy storage, string bucket) => (Server, Storage, _bucket) = (server, storage, bucket);

    public EgressServer Server { get; }

    public HttpFaultProxy Storage { get; }

    /// <summary>
    /// Starts the server with one retry, a circuit breaker that opens after three failures, a health check only at the start, and without reuse of
    /// manifests.
    /// </summary>
    public static async Task<ObservedServer> StartAsync(CancellationToken cancellationToken, params (string, string?)[] settings)
    {
        var s3 = await S3Server.GetAsync();
        var bucket = await s3.CreateBucketAsync(cancellationToken);
        await s3.PutAsync(bucket, "a.txt", new byte[100], cancellationToken);
        await s3.PutAsync(bucket, "b.txt", new byte[50], cancellationToken);
        await s3.PutAsync(bucket, Big, Content.Make(BigSize, 3), cancellationToken);
        var proxy = new HttpFaultProxy(s3.Port);
        var server = await EgressServer.StartAsync(
        [
            ("DB_URL", "sqlite://{folder}/egress.db"), .. StorageSeeds.S3(s3, proxy.Endpoint), ("IGNORE_MISSING", "true"),
            ("COMPRESSION_LEVEL", "0"), ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("STORAGE_MAX_RETRIES", "1"), ("STORAGE_RETRY_DELAY", "1ms"),
            ("CIRCUIT_BREAKER_THRESHOLD", "3"), ("HEALTH_PROBE_SCHEDULE", "0 0 0 1 1 *"), ("MANIFEST_REUSE", "0"), .. settings,
        ]);
        return new ObservedServer(server, proxy, bucket);
    }

    /// <summary>Stores a record.</summary>
    /// <param name="callback">The callback URL; null for none.</param>
    /// <param name="keys">The keys of the objects.</param>
    /// <returns>The link, relative to the server.</returns>
    public async Task<string> CreateLinkAsync(string? callback, params string[] keys)
    {
        var result = await Server.RunAsync(
        [
            "link", "create", "--bucket", _bucket, .. keys.SelectMany(key => new[] { "--object", key }),
            .. callback is null ? Array.Empty<string>() : ["--callback", callback],
        ]);
        return new Uri(result.EnsureSuccess().Output.Trim()).PathAndQuery;
    }

    /// <summary>
    /// Makes each event happen once: a complete download, a partial one, a failed one, an expired link, a wrong signature, a disconnected client, an
    /// undelivered callback, and an open circuit breaker.
    /// </summary>
    /// <param name="callback">URL of a receiver that refuses permanently.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public async Task RunScenarioAsync(string callback, CancellationToken cancellationToken)
    {
        var (complete, partial) = (await CreateLinkAsync(null, "a.txt", "b.txt"), await CreateLinkAsync(null, "a.txt", "gone.txt"));
        var (big, reported) = (await CreateLinkAsync(null, Big), await CreateLinkAsync(callback, "a.txt"));

        await Server.Client.GetByteArrayAsync(complete, cancellationToken);
        await Server.Client.GetByteArrayAsync(partial, cancellationToken);
        await Server.Client.GetByteArrayAsync(reported, cancellationToken);
        await AskAsync(EgressServer.Link("x", "1000"), 410, cancellationToken);
        await AskAsync("/x?signature=0badbadbad", 401, cancellationToken);
        await FailAsync(big, cancellationToken);
        await LeaveAsync(big, cancellationToken);

        Storage.Answer(500);
        for (var failure = 0; failure < 3; failure++)
        {
            await AskAsync(big, 502, cancellationToken);
        }

        await AskAsync(big, 503, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Storage.DisposeAsync();
    }

    private async Task AskAsync(string link, int status, CancellationToken cancellationToken)
    {
        using var answer = await Server.Client.GetAsync(link, cancellationToken);
        Xunit.Assert.Equal(status, (int)answer.StatusCode);
    }

    /// <summary>
    /// Makes the storage abort its response, and also the response to the retry. The second abort follows after the client has received a byte,
    /// because Egress would otherwise send a status.
    /// </summary>
    private async Task FailAsync(string link, CancellationToken cancellationToken)
    {
        Storage.Fail(Fault.Cut(afterBytes: BreaksAfter), times: 1, when: static head => head.Method == "GET");
        var stall = Storage.Fail(Fault.Stall(afterBytes: BreaksAfter), times: 1, when: static head => head.Method == "GET");
        using (var answer = await Server.Client.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, cancellationToken))
        {
            await stall.Applied;
            Storage.ResetAll();
            await Xunit.Assert.ThrowsAsync<HttpRequestException>(() => answer.Content.ReadAsByteArrayAsync(cancellationToken));
        }

        stall.Release();
        Storage.Heal();
    }

    /// <summary>Disconnects the client while the storage still has bytes to send.</summary>
    private async Task LeaveAsync(string link, CancellationToken cancellationToken)
    {
        var stall = Storage.Fail(Fault.Stall(afterBytes: BreaksAfter), times: 1, when: static head => head.Method == "GET");
        await using (var client = await RawHttpClient.SendAsync(new Uri(Server.Client.BaseAddress!, link), cancellationToken: cancellationToken))
        {
            await client.ReadRawAsync(1000, cancellationToken);
            await stall.Applied;
            client.Reset();
        }

        await Scrape.UntilAsync(Server.Client, "egress_client_disconnects_total", 1, cancellationToken);
        stall.Release();
        Storage.Heal();
    }
}
