using System.Runtime.CompilerServices;
using Egress.Backends;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage.AzureBlob;

/// <summary>Objects are in Azure Blob Storage: reached by connection string, or by account URL with <c>DefaultAzureCredential</c>.</summary>
public sealed record AzureBlobOptions : StorageOptions
{
    internal const string Name = "Azure";

    /// <summary>Connection string; holds the account key.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Blob service URL of the account, used with the identity of the process.</summary>
    public Uri? AccountUrl { get; init; }

    /// <inheritdoc/>
    public override string Type => Name;

    internal override string? Place => AccountUrl?.Authority;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AzureBlobOptions)} {{ {AccountUrl?.Host} }}";

    // A separate method, so that the SDK is loaded only when it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override void AddTo(IServiceCollection services) => services
        .AddSingleton(_ => AzureBlobClientFactory.Create(this))
        .AddKeyedSingleton<IObjectStorage, AzureBlobStorage>(ObjectStorageServiceCollectionExtensions.Undecorated)
        .AddKeyedSingleton<IObjectUploads, AzureBlobUploads>(ObjectStorageServiceCollectionExtensions.Undecorated)
        .AddSingleton<AzureBlobProbe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<AzureBlobProbe>().CheckAsync);
}
