using Egress.Downloads.Checksums;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Downloads;

/// <summary>The wiring of downloads.</summary>
public static class DownloadServices
{
    /// <summary>Adds gate, planner and streamer, with what they remember and report.</summary>
    public static IServiceCollection AddDownloads(this IServiceCollection services) => services
        .AddSingleton<DownloadGate>()
        .AddSingleton<DownloadPlanner>()
        .AddSingleton<ChecksumLookup>()
        .AddSingleton<ArchiveStreamer>();
}
