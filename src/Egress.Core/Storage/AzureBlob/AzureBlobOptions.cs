using System.Runtime.CompilerServices;
using Azure.Storage.Blobs;
using Egress.Backends;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// The options for objects in Azure Blob Storage. It is accessed with a connection string, or with an account URL and <c>DefaultAzureCredential</c>.
/// </summary>
public sealed record AzureBlobOptions : StorageOptions
{
    internal const string Name = "Azure";

    /// <summary>Connection string, which contains the account key.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Blob service URL of the account, which is accessed with the identity of the process.</summary>
    public Uri? AccountUrl { get; init; }

    /// <summary>Whether all requests are made with the SDK's client. For tests and benchmarks that compare both ways.</summary>
    internal bool ReadsWithSdk { get; init; }

    /// <inheritdoc/>
    public override string Type => Name;

    internal override string? Place => AccountUrl?.Authority;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AzureBlobOptions)} {{ {AccountUrl?.Host} }}";

    // A separate method, so that the SDK is loaded only when it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override void AddTo(IServiceCollection services) => services
        .AddSingleton(_ => AzureBlobClientFactory.Create(this))
        .AddKeyedSingleton<IObjectStorage>(ObjectStorageServiceCollectionExtensions.Undecorated, (provider, _) => Storage(
            provider.GetRequiredService<BlobServiceClient>(), provider.GetRequiredService<TimeProvider>()))
        .AddKeyedSingleton<IObjectUploads, AzureBlobUploads>(ObjectStorageServiceCollectionExtensions.Undecorated)
        .AddSingleton<AzureBlobProbe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<AzureBlobProbe>().CheckAsync);

    /// <summary>Creates the storage without decorators.</summary>
    /// <param name="client">The SDK's client.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pageSize">The largest number of objects on a page of a listing; null for the default of the service.</param>
    internal AzureBlobStorage Storage(BlobServiceClient client, TimeProvider time, int? pageSize = null) =>
        new(
        client, ReadsWithSdk ? null : new AzureBlobReader(client, AzureBlobClientFactory.CreateTransport(), time), pageSize);
}
