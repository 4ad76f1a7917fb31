using System.Globalization;
using Egress.Downloads.Fetching;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Downloads;

/// <summary>The settings for the time limits and resource limits of downloads.</summary>
internal static class DownloadLimitSettings
{
    internal static readonly SettingGroup Group = new(
        "Limits of downloads", "These limits apply to each process. `0` is unlimited unless stated otherwise.");

    private static readonly DownloadOptions Defaults = new();

    private static readonly Setting<long> MaxFileSize = Group.Add<long>(new("MAX_FILE_SIZE", ValueFormats.Size())
    {
        Default = Defaults.MaxFileSize,
        Text = "The maximum size of an object. A record with a larger object is refused (413).",
    });

    private static readonly Setting<int> MaxFilesPerRequest = Group.Add<int>(new(
        "MAX_FILES_PER_REQUEST", ValueFormats.Integer(0, int.MaxValue))
    {
        Default = Defaults.MaxFilesPerRequest,
        Text = "The maximum number of objects in one archive. A record with more objects is refused (400).",
    });

    private static readonly Setting<int> MaxActiveDownloads = Group.Add<int>(new(
        "MAX_ACTIVE_DOWNLOADS", ValueFormats.Integer(0, int.MaxValue))
    {
        Default = Defaults.MaxActiveDownloads,
        Text = "The maximum number of downloads at the same time. Further requests get 503 with `Retry-After`. A range with an end counts as its share "
            + "of 16 MiB, at least 1/16.",
    });

    private static readonly Setting<TimeSpan> RequestTimeout = Group.Add<TimeSpan>(new(
        "REQUEST_TIMEOUT", ValueFormats.Duration(TimeSpan.FromHours(24)))
    {
        Default = Defaults.RequestTimeout,
        DefaultInWords = "`5m` (300 seconds); in the Functions app `3m20s`, which is also the most there",
        Text = "The maximum time until the first byte is sent, and the maximum time in which the client receives nothing.",
    });

    private static readonly Setting<TimeSpan> MaxDuration = Group.Add<TimeSpan>(new(
        "MAX_DOWNLOAD_DURATION", ValueFormats.Duration(TimeSpan.FromDays(30)))
    {
        Default = Defaults.MaxDuration,
        DefaultInWords = "`0`; in the Functions app `29m30s`, which is also the most there",
        Text = "The maximum time of a whole download, measured from the accepted request. In the Functions app it must be shorter than "
            + "`functionTimeout` of `host.json`.",
    });

    private static readonly Setting<long> MinClientRate = Group.Add<long>(new("MIN_CLIENT_RATE", ValueFormats.Size())
    {
        Default = Defaults.MinClientRate,
        Text = "The least bytes a second that a client must receive, so that a few very slow clients do not use up `MAX_ACTIVE_DOWNLOADS`. Only time in "
            + $"which the download waits for the client counts. A client may be {ClientPace.Grace.TotalSeconds:0} seconds behind.",
    });

    private static readonly Setting<int> MaxConcurrentFetches = Group.Add<int>(new("MAX_CONCURRENT_FETCHES", ValueFormats.Integer(1, 1000))
    {
        Default = FetchSlots.AtATime,
        DefaultInWords = $"`{FetchSlots.AtATime}`, {FetchSlots.SmallAtATime} of objects up to 64 KiB, and {ObjectLookup.LookUpsAtATime} look-ups",
        Text = "Remote objects, or parts of large ones, that one download looks up or fetches at a time. `DOWNLOAD_MEMORY` limits the memory. For a "
            + "client that is slower than the storage, fewer are fetched at a time.",
    });

    private static readonly Setting<long> DownloadMemory = Group.Add<long>(new("DOWNLOAD_MEMORY", ValueFormats.Size())
    {
        Default = Defaults.DownloadMemory,
        Text = "Memory for the buffers of one download.",
    });

    private static readonly Setting<MemoryShare> TotalBufferMemory = Group.Add<MemoryShare>(new("TOTAL_BUFFER_MEMORY", MemoryShare.Format)
    {
        Default = MemoryShare.OfPercent(25),
        Text = "Memory for the buffers of all downloads, for manifests (`MANIFEST_MEMORY`) and for checksums of parts: a size, or a share of the "
            + "memory that the process may use. Manifests and checksums use at most half of it.",
    });

    private static readonly Setting<long> StreamBufferSize = Group.Add<long>(new(
        "STREAM_BUFFER_SIZE", ValueFormats.Size(least: 4 << 10, most: 16 << 20))
    {
        Default = Defaults.StreamBufferSize,
        Text = "Size of one write to the client. Writes to fast clients are twice as large.",
    });

    internal static DownloadOptions Bind(SettingBinder binder, HostProfile host, DownloadOptions archive)
    {
        var options = archive with
        {
            MaxFileSize = binder.Get(MaxFileSize),
            MaxFilesPerRequest = binder.Get(MaxFilesPerRequest),
            MaxActiveDownloads = binder.Get(MaxActiveDownloads),
            RequestTimeout = binder.GetAtMost(RequestTimeout, host.LongestWait),
            MaxDuration = binder.GetAtMost(MaxDuration, host.LongestDownload),
            MinClientRate = binder.Get(MinClientRate),
            MaxConcurrentFetches = binder.Get(MaxConcurrentFetches) is var fetches && binder.IsSet(MaxConcurrentFetches) ? fetches : null,
            DownloadMemory = binder.Get(DownloadMemory),
            TotalBufferMemory = binder.Get(TotalBufferMemory).Of(host.MemoryLimit),
            StreamBufferSize = (int)binder.Get(StreamBufferSize),
        };
        CheckBudget(binder, DownloadMemory, options.DownloadMemory, options.StreamBufferSize);
        CheckBudget(binder, TotalBufferMemory, options.TotalBufferMemory, options.StreamBufferSize);
        return options;
    }

    private static void CheckBudget(SettingBinder binder, Setting setting, long budget, int write)
    {
        if (budget > 0 && budget < write)
        {
            binder.Fault(string.Create(
                CultureInfo.InvariantCulture,
                $"{binder.NameOf(setting)} comes to {ByteSize.Write(budget)}, less than one {StreamBufferSize.Name}; "
                + $"allowed: 0, or at least {ByteSize.Write(write)}"));
        }
    }
}
