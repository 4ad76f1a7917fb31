using Egress.Downloads.Checksums;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Manifests.Storing;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Downloads;

/// <summary>Registers the services of downloads.</summary>
internal static class DownloadServices
{
    /// <summary>Adds the gate, the planner and the streamer, and the services that they share.</summary>
    public static IServiceCollection AddDownloads(this IServiceCollection services) => services
        .AddSingleton(static provider => new ProcessLimits(provider.GetRequiredService<DownloadOptions>().TotalBufferMemory))
        .AddSingleton<DownloadGate>()
        .AddSingleton<ManifestCounts>()
        .AddSingleton<StoredManifests>()
        .AddSingleton<ManifestCache>()
        .AddSingleton<DownloadPlanner>()
        .AddSingleton<ChecksumLookup>()
        .AddSingleton<ArchiveStreamer>();
}
