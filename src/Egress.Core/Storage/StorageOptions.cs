using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage;

/// <summary>Which storage objects are read from: each kind of storage has its own record.</summary>
public abstract record StorageOptions
{
    /// <summary>The kind of storage; in lower case the value of <c>STORAGE_TYPE</c> and the metric label <c>storage_type</c>.</summary>
    public abstract string Type { get; }

    /// <summary>What distinguishes this storage from others of its kind: folder, endpoint or account; null for the only one.</summary>
    internal abstract string? Place { get; }

    /// <summary>
    /// Registers the storage without decorators as the keyed service <see cref="ObjectStorageServiceCollectionExtensions.Undecorated"/>, and its
    /// health check.
    /// </summary>
    internal abstract void AddTo(IServiceCollection services);
}
