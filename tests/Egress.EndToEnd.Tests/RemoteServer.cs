using Egress.EndToEnd.Tests.Matrix;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Egress with objects on S3 or Azure, which it reaches through a proxy, and with records in SQLite.</summary>
internal sealed class RemoteServer : IAsyncDisposable
{
    private readonly LocalBackends _records = new();
    private readonly Func<string, byte[], Task> _put;

    private RemoteServer(HttpFaultProxy proxy, string bucket, Func<string, byte[], Task> put) => (Proxy, Bucket, _put) = (proxy, bucket, put);

    public EgressServer Server { get; private set; } = null!;

    public HttpFaultProxy Proxy { get; }

    public string Bucket { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts Egress with retries that have no delay.</summary>
    /// <param name="storage"><c>s3</c> or <c>azure</c>.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<RemoteServer> StartAsync(string storage, params (string, string?)[] settings)
    {
        var (remote, place) = storage == "s3" ? await OnS3Async() : await OnAzureAsync();
        remote.Server = await EgressServer.StartAsync(
            [
                .. remote._records.Settings.Where(setting => setting.Key != "STORAGE_PATH").Select(setting => (setting.Key, (string?)setting.Value)),
                .. place,
                Probes.Rare, ("REQUEST_TIMEOUT", "1m"), ("STORAGE_MAX_RETRIES", "3"), ("STORAGE_RETRY_DELAY", "1ms"), .. settings,
            ]);
        return remote;
    }

    /// <summary>Stores an object, bypassing the proxy.</summary>
    public Task PutAsync(string key, byte[] content) => _put(key, content);

    /// <summary>Stores a record and returns its link, relative to the server.</summary>
    public async Task<string> AddAsync(params IEnumerable<ObjectItem> objects) =>
        _records.Link(await _records.AddAsync(null, null, [.. objects.Select(item => item with { Bucket = Bucket })]));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Proxy.DisposeAsync();
        await _records.DisposeAsync();
    }

    private static async Task<(RemoteServer, (string, string?)[])> OnS3Async()
    {
        var server = await S3Server.GetAsync();
        var bucket = await server.CreateBucketAsync(Token);
        var proxy = new HttpFaultProxy(server.Port);
        return (
            new RemoteServer(proxy, bucket, (key, content) => server.PutAsync(bucket, key, content, Token)),
            StorageSeeds.S3(server, proxy.Endpoint));
    }

    private static async Task<(RemoteServer, (string, string?)[])> OnAzureAsync()
    {
        var server = await AzuriteServer.GetAsync();
        var container = await server.CreateContainerAsync(Token);
        var proxy = new HttpFaultProxy(server.BlobPort);
        return (
            new RemoteServer(
                proxy, container.Name, (key, content) => container.GetBlobClient(key).UploadAsync(new BinaryData(content), overwrite: true, Token)),
            [("AZURE_STORAGE_CONNECTION_STRING", server.ConnectionStringVia(proxy.Port, server.QueuePort))]);
    }
}
