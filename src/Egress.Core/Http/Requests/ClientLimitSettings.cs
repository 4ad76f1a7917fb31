using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Http.Requests;

/// <summary>Settings of the limits for one client.</summary>
internal static class ClientLimitSettings
{
    internal static readonly SettingGroup Group = new(
        "Limits of clients",
        """
        What one client may use, for each process. A range with an end counts as a part of a download at once: as its share of 16 MiB, at least 1/16. IPv6 addresses count by their /64. Behind proxies set `TRUSTED_PROXIES`, else all
        clients share the address of the proxy.
        """);

    private static readonly ClientLimitOptions Defaults = new();

    private static readonly Setting<double> Rate = Group.Add<double>(new("RATE_LIMIT_PER_IP", ValueFormats.Decimal(0.001, 1_000_000))
    {
        Default = Defaults.RatePerSecond,
        Text = "Requests a second from one address; more get 429 with `Retry-After`. A range with an end, of 16 MiB at most and of an archive that is planned already, "
            + "counts as its share of the archive, at least 1/16 ([slices](cdn.md#rate-limits)). `0` is unlimited.",
    });

    private static readonly Setting<int> Burst = Group.Add<int>(new("RATE_LIMIT_BURST", ValueFormats.Integer(1, 1_000_000))
    {
        Default = Defaults.Burst,
        Text = "Requests that may come at once.",
    });

    private static readonly Setting<int> MaxActivePerAddress = Group.Add<int>(new("MAX_ACTIVE_DOWNLOADS_PER_IP", ValueFormats.Integer(0, 1_000_000))
    {
        Default = Defaults.MaxActivePerAddress,
        Text = "Downloads at once from one address; more get 429 with `Retry-After`. With it, one client with slow connections cannot use up "
            + "`MAX_ACTIVE_DOWNLOADS`. `0` is unlimited.",
    });

    private static readonly Setting<int> MaxActivePerLink = Group.Add<int>(new("MAX_ACTIVE_DOWNLOADS_PER_LINK", ValueFormats.Integer(0, 1_000_000))
    {
        Default = Defaults.MaxActivePerLink,
        Text = "Downloads of one record at once, whatever their addresses; more get 429 with `Retry-After`. `0` is unlimited.",
    });

    private static readonly Setting<int> TrustedProxies = Group.Add<int>(new("TRUSTED_PROXIES", ValueFormats.Integer(0, 100))
    {
        Default = Defaults.TrustedProxies,
        DefaultInWords = "`0`; `1` in the Functions app",
        Text = "How many proxies append to `X-Forwarded-For`: the client's address is that many from the right. "
            + "`0` ignores the header.",
    });

    internal static ClientLimitOptions Bind(SettingBinder binder, HostProfile host) => new()
    {
        RatePerSecond = binder.Get(Rate),
        Burst = binder.Get(Burst),
        MaxActivePerAddress = binder.Get(MaxActivePerAddress),
        MaxActivePerLink = binder.Get(MaxActivePerLink),
        TrustedProxies = binder.Get(TrustedProxies, host.TrustedProxies),
    };
}
