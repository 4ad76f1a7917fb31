using Egress.Core.Tests.Settings;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Storing;
using Egress.Http;
using Egress.Records;
using Egress.Records.Roles;
using Egress.Signing;
using Egress.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>
/// One process of Egress, starting with the HTTP request, with a scripted storage. Several processes may share the storage and the manifest store.
/// </summary>
internal sealed class DownloadProcess : IRecordStore, IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public DownloadProcess(ScriptedStorage storage, IManifestStore store, TimeProvider time, params (string Name, string Value)[] settings)
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time)
            .AddEgress(TestSettings.Read([TestSettings.Database, ("COMPRESSION_LEVEL", "0"), .. settings]))
            .Replace(ServiceDescriptor.Singleton<IObjectStorage>(storage))
            .Replace(ServiceDescriptor.Singleton<IRecordStore>(this))
            .Replace(ServiceDescriptor.Singleton(store))
            .Replace(ServiceDescriptor.Singleton<IChecksumCache<uint>>(Crcs))
            .Replace(ServiceDescriptor.Singleton<IChecksumCache<Sha256Digest>>(Crcs.Digests))
            .Replace(ServiceDescriptor.Singleton(new SigningOptions()))
            .BuildServiceProvider();
    }

    public DownloadRecord Record { get; set; } = new() { Id = "id", Bucket = "b", Objects = [new PrefixItem("p/")] };

    public MemoryCrcCache Crcs { get; } = new();

    public ManifestCounts Counts => _services.GetRequiredService<ManifestCounts>();

    public StoredManifests Stored => _services.GetRequiredService<StoredManifests>();

    public ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken) => new(Record);

    /// <summary>Sends a request to the process, and returns its response.</summary>
    public async Task<DownloadAnswer> SendAsync(string method, params (string Name, string Value)[] headers)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = _services };
        var lifetime = new Lifetime();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        context.Request.Method = method;
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        await ActivatorUtilities.CreateInstance<DownloadEndpoint>(_services).HandleAsync(context, "id", null, CancellationToken.None);
        return new DownloadAnswer(context.Response.StatusCode, context.Response.Headers.ETag.ToString(), body.ToArray(), lifetime.IsAborted);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}

/// <summary>The response that a client received.</summary>
internal sealed record DownloadAnswer(int Status, string ETag, byte[] Body, bool IsAborted);
