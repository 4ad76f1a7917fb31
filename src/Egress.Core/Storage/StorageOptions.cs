using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage;

/// <summary>The options of the storage from which objects are read. Each kind of storage has its own derived record.</summary>
public abstract record StorageOptions
{
    /// <summary>The kind of storage. In lower case it is the value of <c>STORAGE_TYPE</c> and of the metric label <c>storage_type</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Identifies this storage among others of its kind: folder, endpoint or account; null if the kind has only one.</summary>
    internal abstract string? Place { get; }

    /// <summary>
    /// Registers the storage without decorators, as the keyed service <see cref="ObjectStorageServiceCollectionExtensions.Undecorated"/>. Also registers its
    /// health check.
    /// </summary>
    internal abstract void AddTo(IServiceCollection services);
}
