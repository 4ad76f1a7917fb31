using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Storage.Local.Files;
using Egress.Storage.Local.Threads;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage.Local;

/// <summary>The options for objects that are files of a local or mounted disk.</summary>
/// <param name="Root">Root folder. Nothing outside of it is read.</param>
public sealed record LocalOptions(string Root) : StorageOptions
{
    internal const string Name = "Local";

    /// <inheritdoc/>
    public override string Type => Name;

    internal override string? Place => Root;

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override void AddTo(IServiceCollection services) => services
        .AddSingleton(new LocalRoot(Root))
        .AddSingleton<DiskThreads>()
        .AddSingleton<DiskFlush>()
        .AddKeyedSingleton<IObjectStorage>(ObjectStorageServiceCollectionExtensions.Undecorated, static (provider, _) => Create(provider))
        .AddKeyedSingleton<IObjectUploads, LocalUploads>(ObjectStorageServiceCollectionExtensions.Undecorated)
        .AddSingleton<LocalProbe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<LocalProbe>().CheckAsync);

    private static OffloadedStorage Create(IServiceProvider provider)
    {
        var threads = provider.GetRequiredService<DiskThreads>();
        provider.GetRequiredService<StuckReads>().CountWith(() => threads.Stuck);
        return new OffloadedStorage(new LocalStorage(provider.GetRequiredService<LocalRoot>()), threads);
    }
}
