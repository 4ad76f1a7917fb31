using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Http.Requests;

/// <summary>The settings of the limits for each client address and link.</summary>
internal static class ClientLimitSettings
{
    internal static readonly SettingGroup Group = new(
        "Limits of clients",
        """
        What one client may use, in each process. In the limits of downloads, a range with an end counts as its share of 16 MiB, at least 1/16. IPv6
        addresses with the same /64 prefix count as one address. Behind proxies set `TRUSTED_PROXIES`, because otherwise all clients have the address
        of the proxy.
        """);

    private static readonly ClientLimitOptions Defaults = new();

    private static readonly Setting<double> Rate = Group.Add<double>(new("RATE_LIMIT_PER_IP", ValueFormats.Decimal(0.001, 1_000_000))
    {
        Default = Defaults.RatePerSecond,
        Text = "Requests a second from one address. Further requests get 429 with `Retry-After`. A range with an end, of at most 16 MiB, of an archive "
            + "that is already planned counts as its share of the archive, at least 1/16 ([slices](cdn.md#rate-limits)). `0` is unlimited.",
    });

    private static readonly Setting<int> Burst = Group.Add<int>(new("RATE_LIMIT_BURST", ValueFormats.Integer(1, 1_000_000))
    {
        Default = Defaults.Burst,
        Text = "Requests that one address may send at once.",
    });

    private static readonly Setting<int> MaxActivePerAddress = Group.Add<int>(new("MAX_ACTIVE_DOWNLOADS_PER_IP", ValueFormats.Integer(0, 1_000_000))
    {
        Default = Defaults.MaxActivePerAddress,
        Text = "Downloads at the same time from one address. Further requests get 429 with `Retry-After`. This limit prevents one client with slow "
            + "connections from using up `MAX_ACTIVE_DOWNLOADS`. `0` is unlimited.",
    });

    private static readonly Setting<int> MaxActivePerLink = Group.Add<int>(new("MAX_ACTIVE_DOWNLOADS_PER_LINK", ValueFormats.Integer(0, 1_000_000))
    {
        Default = Defaults.MaxActivePerLink,
        Text = "Downloads of one record at the same time, from all addresses. Further requests get 429 with `Retry-After`. `0` is unlimited.",
    });

    private static readonly Setting<int> TrustedProxies = Group.Add<int>(new("TRUSTED_PROXIES", ValueFormats.Integer(0, 100))
    {
        Default = Defaults.TrustedProxies,
        DefaultInWords = "`0`; `1` in the Functions app",
        Text = "The number of proxies that append an address to `X-Forwarded-For`. With `1` the client's address is the last one in the header, with "
            + "`2` the one before it. With `0` the header is ignored.",
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
