using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Downloads.Manifests;

/// <summary>The settings for the reuse of manifests.</summary>
internal static class ManifestSettings
{
    internal static readonly SettingGroup Group = new(
        "Manifests",
        """
        A manifest is the finished plan of one archive. Requests that share it need no look-up in the storage: ranges, `HEAD`, and requests that name
        the archive's `ETag`. See [archives](archives.md#manifests).
        """);

    private static readonly ManifestOptions Defaults = new();

    private static readonly Setting<TimeSpan> Reuse = Group.Add<TimeSpan>(new("MANIFEST_REUSE", ValueFormats.Duration(TimeSpan.FromHours(24)))
    {
        Default = Defaults.Reuse,
        Text = "How long after planning a request without conditions is served from the same manifest. Changes in the storage become visible after "
            + "this time at the latest. With `0` each such request is planned anew.",
    });

    private static readonly Setting<TimeSpan> Lifetime = Group.Add<TimeSpan>(new("MANIFEST_LIFETIME", ValueFormats.Duration(TimeSpan.FromDays(30)))
    {
        Default = Defaults.Lifetime,
        Text = "How long a manifest is kept after its last use, in memory and in the database of the records, for requests that name its `ETag` in "
            + "`If-Range` or `If-Match`. With `0` no manifest is kept.",
    });

    private static readonly Setting<long> Memory = Group.Add<long>(new("MANIFEST_MEMORY", ValueFormats.Size())
    {
        Default = Defaults.Memory,
        Text = "Memory for manifests in this process, in addition to the plans of running downloads: about 40 bytes for each file, so the default is "
            + "enough for an archive of a million files. This memory is a part of `TOTAL_BUFFER_MEMORY`, and at most half of it. With `0` no manifest "
            + "is kept.",
    });

    internal static ManifestOptions Bind(SettingBinder binder) => new()
    {
        Reuse = binder.Get(Reuse),
        Lifetime = binder.Get(Lifetime),
        Memory = binder.Get(Memory),
    };
}
