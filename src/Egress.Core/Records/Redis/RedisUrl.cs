using System.Globalization;
using Egress.Records.Urls;
using StackExchange.Redis;
using Option = Egress.Records.Urls.OptionValue<StackExchange.Redis.ConfigurationOptions>;

namespace Egress.Records.Redis;

/// <summary>Reads <c>redis://</c> and <c>rediss://</c> URLs as go-redis does.</summary>
internal static class RedisUrl
{
    private const int DefaultPort = 6379;

    public static readonly UrlOptions<ConfigurationOptions> Options = new()
    {
        Supported =
        {
            ["db"] = Option.Number(0, int.MaxValue, (target, value) => target.DefaultDatabase = value),
            ["client_name"] = Option.Text((target, value) => target.ClientName = value),
            ["protocol"] = Option.OneOf(
                ("2", target => target.Protocol = RedisProtocol.Resp2),
                ("3", target => target.Protocol = RedisProtocol.Resp3)),
            ["skip_verify"] = Option.Flag((target, value) =>
            {
                if (value)
                {
                    target.TrustAnyServer();
                }
            }),
        },
        WithoutEffect =
        {
            "max_retries", "min_retry_backoff", "max_retry_backoff", "dial_timeout", "read_timeout", "write_timeout",
            "context_timeout_enabled", "pool_fifo", "pool_size", "pool_timeout", "min_idle_conns", "max_idle_conns", "max_active_conns",
            "conn_max_idle_time", "conn_max_lifetime", "idle_timeout", "idle_check_frequency", "max_conn_age", "read_only",
            "route_by_latency", "route_randomly", "max_redirects", "identity_suffix", "disable_identity",
        },
    };

    /// <summary>Reads a URL. The caller sets the time limits.</summary>
    /// <exception cref="FormatException">The database is not a number, or an option is unknown or has a value that is not allowed.</exception>
    public static (ConfigurationOptions Connection, IReadOnlyList<string> WithoutEffect) Read(ConnectionUrl url)
    {
        var connection = new ConfigurationOptions
        {
            User = url.User,
            Password = url.Password,
            Ssl = url.Scheme is "rediss",
            ClientName = "egress",
            // Without these options, the driver neither subscribes to a channel nor elects a primary, so the database user needs no permissions for
            // that.
            ConfigurationChannel = "",
            TieBreaker = "",
        };
        foreach (var host in url.Hosts.DefaultIfEmpty(new HostPort("localhost", null)))
        {
            connection.EndPoints.Add(host.Host, host.Port ?? DefaultPort);
        }

        if (url.Path.Length > 0)
        {
            connection.DefaultDatabase = int.TryParse(url.Path, NumberStyles.None, CultureInfo.InvariantCulture, out var database)
                ? database
                : throw new FormatException("the database of Redis must be a number: redis://host:6379/0");
        }

        return (connection, Options.Apply(url, connection));
    }

#pragma warning disable CA5359 // The operator requested it by name.
    private static void TrustAnyServer(this ConfigurationOptions connection) =>
        connection.CertificateValidation += static (_, _, _, _) => true;
#pragma warning restore CA5359
}
