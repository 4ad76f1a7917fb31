using Egress.Downloads.Crc;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Downloads;

/// <summary>The wiring of downloads.</summary>
public static class DownloadServices
{
    /// <summary>Adds planner, streamer and gate.</summary>
    public static IServiceCollection AddDownloads(this IServiceCollection services) => services
        .AddSingleton<DownloadGate>()
        .AddSingleton<DownloadPlanner>()
        .AddSingleton<CrcMemory>()
        .AddSingleton<ArchiveStreamer>();
}
