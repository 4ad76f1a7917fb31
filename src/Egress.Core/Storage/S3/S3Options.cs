using System.Runtime.CompilerServices;
using Amazon.S3;
using Egress.Backends;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage.S3;

/// <summary>The options for objects in Amazon S3 or in a compatible store.</summary>
public sealed record S3Options : StorageOptions
{
    internal const string Name = "S3";

    /// <summary>Endpoint of an S3-compatible store; null for AWS itself.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Region of the buckets. Also needed for compatible stores, because it is part of the signature, even if they ignore it.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Whether the bucket is part of the URL's path instead of the host name.</summary>
    public bool ForcePathStyle { get; init; }

    /// <summary>Static access key; null for the SDK's own chain (environment, profile, instance role).</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>Secret of the static access key.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary>PEM file with certificate authorities for the endpoint, in addition to those of the system.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>Whether all requests are made with the SDK. For tests and benchmarks that compare both ways.</summary>
    internal bool ReadsWithSdk { get; init; }

    /// <inheritdoc/>
    public override string Type => Name;

    internal override string? Place => Endpoint?.Authority;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(S3Options)} {{ {Endpoint?.Host ?? Region} }}";

    // A separate method, so that the SDK is loaded only when it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override void AddTo(IServiceCollection services) => services
        .AddSingleton(_ => S3ClientFactory.Create(this))
        .AddSingleton<IAmazonS3>(static provider => provider.GetRequiredService<AmazonS3Client>())
        .AddKeyedSingleton<IObjectStorage>(ObjectStorageServiceCollectionExtensions.Undecorated, (provider, _) => Storage(
            provider.GetRequiredService<AmazonS3Client>(), provider.GetRequiredService<TimeProvider>()))
        .AddKeyedSingleton<IObjectUploads, S3Uploads>(ObjectStorageServiceCollectionExtensions.Undecorated)
        .AddSingleton<S3Probe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<S3Probe>().CheckAsync);

    /// <summary>Creates the storage without decorators.</summary>
    internal S3Storage Storage(AmazonS3Client client, TimeProvider time) => new(client, ReadsWithSdk ? null : new S3Reader(client, time));
}
