using Egress.Callbacks;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Exports;

/// <summary>Settings of exports.</summary>
internal static class ExportSettings
{
    internal static readonly SettingGroup Group = new(
        "Exports",
        """
        An export writes an archive into a bucket: see [exports.md](exports.md). Without `EXPORT_BUCKETS`, or without a key
        of the API, exports are off, and `/exports` is answered with 404. Parts wait on a queue: in the Functions app the queue `egress-exports` of
        the account of the callbacks, in the plain server that account if one is set, else a SQLite file in `DATA_DIR/exports`.
        """);

    private static readonly ExportOptions Defaults = new();

    internal static readonly Setting<IReadOnlyList<string>> Buckets = Group.Add<IReadOnlyList<string>>(new(
        "EXPORT_BUCKETS", new ValueFormat<IReadOnlyList<string>>("names of buckets, containers or folders, separated by commas", TryParseBuckets, Join))
    {
        Default = Defaults.Buckets,
        DefaultInWords = "none: no exports",
        Example = "exports",
        Text = "Buckets that exports may be written to: of the storage that objects are read from, or of the one that `EXPORT_S3_*`, `EXPORT_AZURE_*` or `EXPORT_STORAGE_PATH` name.",
    });

    private static readonly Setting<long> PartSize = Group.Add<long>(new(
        "EXPORT_PART_SIZE", ValueFormats.Size(ExportOptions.LeastPartSize, ExportOptions.MostPartSize))
    {
        Default = Defaults.PartSize,
        Text = "Size of a part if the request does not contain one. If the archive would have more parts than the storage accepts, the parts are "
            + "larger.",
    });

    private static readonly Setting<int> Concurrency = Group.Add<int>(new("EXPORT_CONCURRENCY", ValueFormats.Integer(1, 256))
    {
        Default = Defaults.Concurrency,
        Text = "The number of parts that one process builds at the same time. Each part is in memory until it is uploaded.",
    });

    private static readonly Setting<TimeSpan> LinkLifetime = Group.Add<TimeSpan>(new(
        "EXPORT_LINK_LIFETIME", ValueFormats.Duration(TimeSpan.FromDays(7), least: TimeSpan.FromMinutes(1)))
    {
        Default = Defaults.LinkLifetime,
        Text = "Lifetime of the link that `GET /exports/{id}` returns for a finished export.",
    });

    private static readonly Setting<long> MaxSize = Group.Add<long>(new("MAX_EXPORT_SIZE", ValueFormats.Size())
    {
        Default = Defaults.MaxSize,
        Text = "The maximum size of an exported archive. `0` is unlimited.",
    });

    private static readonly Setting<int> MaxActive = Group.Add<int>(new("MAX_ACTIVE_EXPORTS", ValueFormats.Integer(1, 1000))
    {
        Default = Defaults.MaxActive,
        Text = "The number of exports that may run at the same time, on all instances together. Further requests get 429.",
    });

    static ExportSettings() => ExportStorageSettings.AddTo(Group);

    internal static ExportOptions Bind(SettingBinder binder, HostProfile host, CallbackOptions callbacks, string dataDirectory) => new()
    {
        Buckets = binder.Get(Buckets),
        PartSize = binder.Get(PartSize),
        Concurrency = binder.Get(Concurrency),
        LinkLifetime = binder.Get(LinkLifetime),
        MaxSize = binder.Get(MaxSize),
        MaxActive = binder.Get(MaxActive),
        Storage = ExportStorageSettings.Bind(binder, binder.IsSet(Buckets)),
        Azure = callbacks.Azure,
        Folder = host.IsServer ? Path.Combine(dataDirectory, "exports") : null,
    };

    private static bool TryParseBuckets(string text, out IReadOnlyList<string> value)
    {
        value = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return value.Count > 0;
    }

    private static string Join(IReadOnlyList<string> buckets) => string.Join(',', buckets);
}
