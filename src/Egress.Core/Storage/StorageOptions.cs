
namespace Egress.Storage;

/// <summary>The kinds of storage that objects are read from.</summary>
public enum StorageType
{
    /// <summary>A local or mounted disk.</summary>
    Local,

    /// <summary>Amazon S3 or a store that speaks its protocol.</summary>
    S3,

    /// <summary>Azure Blob Storage.</summary>
    Azure,
}

/// <summary>Which storage objects are read from; exactly one of the three groups is used.</summary>
public sealed record StorageOptions
{
    /// <summary>The kind of storage.</summary>
    public required StorageType Type { get; init; }

    /// <summary>Root folder of local storage.</summary>
    public string? LocalPath { get; init; }

    /// <summary>How S3 is reached.</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>How Azure Blob Storage is reached.</summary>
    public AzureBlobOptions Azure { get; init; } = new();
}

/// <summary>How S3 is reached.</summary>
public sealed record S3Options
{
    /// <summary>Endpoint of an S3-compatible store; null for AWS itself.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Region, also where a compatible store does not care.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Bucket in the path instead of in the host name.</summary>
    public bool ForcePathStyle { get; init; }

    /// <summary>Static access key; null for the SDK's own chain (environment, profile, instance role).</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>Secret of the static access key.</summary>
    public string? SecretAccessKey { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(S3Options)} {{ {Endpoint?.Host ?? Region} }}";
}

/// <summary>How Azure Blob Storage is reached: by connection string, or by account URL with <c>DefaultAzureCredential</c>.</summary>
public sealed record AzureBlobOptions
{
    /// <summary>Connection string; holds the account key.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Blob service URL of the account, used with the identity of the process.</summary>
    public Uri? AccountUrl { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AzureBlobOptions)} {{ {AccountUrl?.Host} }}";
}
