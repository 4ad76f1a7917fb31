using Egress.Records.Urls;
using Npgsql;
using Option = Egress.Records.Urls.OptionValue<Npgsql.NpgsqlConnectionStringBuilder>;

namespace Egress.Records.Sql.Postgres;

/// <summary>Reads <c>postgres://</c> URLs like pgx, including the options of its pool.</summary>
internal static class PostgresUrl
{
    public static readonly UrlOptions<NpgsqlConnectionStringBuilder> Options = new()
    {
        Supported =
        {
            ["host"] = Option.Text((target, value) => target.Host = value),
            ["port"] = Option.Number(1, ushort.MaxValue, (target, value) => target.Port = value),
            ["user"] = Option.Text((target, value) => target.Username = value),
            ["password"] = Option.Text((target, value) => target.Password = value),
            ["passfile"] = Option.Text((target, value) => target.Passfile = value),
            ["dbname"] = Option.Text((target, value) => target.Database = value),
            ["database"] = Option.Text((target, value) => target.Database = value),
            ["application_name"] = Option.Text((target, value) => target.ApplicationName = value),
            ["connect_timeout"] = Option.Number(0, 1024, (target, value) => target.Timeout = value),
            ["search_path"] = Option.Text((target, value) => target.SearchPath = value),
            ["timezone"] = Option.Text((target, value) => target.Timezone = value),
            ["options"] = Option.Text(AddServerOption),
            ["statement_timeout"] = ServerSetting("statement_timeout"),
            ["lock_timeout"] = ServerSetting("lock_timeout"),
            ["idle_in_transaction_session_timeout"] = ServerSetting("idle_in_transaction_session_timeout"),
            ["sslmode"] = Option.OneOf(
                ("disable", target => target.SslMode = SslMode.Disable),
                ("allow", target => target.SslMode = SslMode.Allow),
                ("prefer", target => target.SslMode = SslMode.Prefer),
                ("require", target => target.SslMode = SslMode.Require),
                ("verify-ca", target => target.SslMode = SslMode.VerifyCA),
                ("verify-full", target => target.SslMode = SslMode.VerifyFull)),
            ["sslrootcert"] = Option.Text((target, value) => target.RootCertificate = value),
            ["sslcert"] = Option.Text((target, value) => target.SslCertificate = value),
            ["sslkey"] = Option.Text((target, value) => target.SslKey = value),
            ["sslpassword"] = Option.Text((target, value) => target.SslPassword = value),
            ["sslnegotiation"] = Option.OneOf(
                ("postgres", target => target.SslNegotiation = SslNegotiation.Postgres),
                ("direct", target => target.SslNegotiation = SslNegotiation.Direct)),
            ["channel_binding"] = Option.OneOf(
                ("disable", target => target.ChannelBinding = ChannelBinding.Disable),
                ("prefer", target => target.ChannelBinding = ChannelBinding.Prefer),
                ("require", target => target.ChannelBinding = ChannelBinding.Require)),
            ["target_session_attrs"] = Option.OneOf(
                ("any", target => target.TargetSessionAttributes = "any"),
                ("read-write", target => target.TargetSessionAttributes = "read-write"),
                ("read-only", target => target.TargetSessionAttributes = "read-only"),
                ("primary", target => target.TargetSessionAttributes = "primary"),
                ("standby", target => target.TargetSessionAttributes = "standby"),
                ("prefer-standby", target => target.TargetSessionAttributes = "prefer-standby")),
            ["pool_min_conns"] = Option.Number(0, 1024, (target, value) => target.MinPoolSize = value),
            ["pool_max_conn_lifetime"] = Option.Duration((target, value) => target.ConnectionLifetime = WholeSeconds(value)),
            // The driver closes idle connections every 10 seconds, so a shorter time is not possible.
            ["pool_max_conn_idle_time"] = Option.Duration((target, value) => target.ConnectionIdleLifetime = Math.Max(10, WholeSeconds(value))),
        },
        WithoutEffect =
        {
            "pool_max_conns", "pool_min_idle_conns", "pool_max_conn_lifetime_jitter",
            "pool_health_check_period", "statement_cache_capacity", "description_cache_capacity", "statement_cache_mode",
            "default_query_exec_mode", "min_read_buffer_size", "client_encoding", "sslsni", "sslcompression", "gssencmode",
            "min_protocol_version", "max_protocol_version", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
            "tcp_user_timeout", "datestyle", "intervalstyle", "extra_float_digits", "fallback_application_name",
        },
    };

    /// <summary>Reads a URL. The caller sets the size of the pool and the time limits.</summary>
    /// <exception cref="FormatException">An option is unknown or has a value that is not allowed.</exception>
    public static (NpgsqlConnectionStringBuilder Connection, IReadOnlyList<string> WithoutEffect) Read(ConnectionUrl url)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = "localhost",
            ApplicationName = "egress",
            // Kerberos is off, as in pgx, because the driver's check for it needs a library that slim container images lack.
            GssEncryptionMode = GssEncryptionMode.Disable,
            // DISCARD ALL is off, because connection poolers in transaction mode do not support it, and Egress never changes the state of a session.
            NoResetOnClose = true,
        };
        if (url.Hosts is [var only])
        {
            connection.Host = only.Host;
            connection.Port = only.Port ?? NpgsqlConnection.DefaultPort;
        }
        else if (url.Hosts.Count > 1)
        {
            connection.Host = string.Join(',', url.Hosts.Select(host => host.ToString()));
        }

        connection.Username = url.User;
        connection.Password = url.Password;
        connection.Database = url.Path.Length > 0 ? url.Path : null;
        var withoutEffect = Options.Apply(url, connection);
        UseRootCertificateAsLibpqDoes(connection);
        if (connection.TargetSessionAttributes is not null && !connection.Host!.Contains(','))
        {
            // Npgsql uses this option to choose among hosts, and refuses it for a single host.
            connection.TargetSessionAttributes = null;
            withoutEffect = [.. withoutEffect, "target_session_attrs"];
        }

        return (connection, withoutEffect);
    }

    /// <summary>
    /// Gives <c>sslrootcert</c> the same effect as in libpq and pgx: <c>sslmode=require</c> with a root certificate verifies like <c>verify-ca</c>,
    /// and <c>system</c> means the certificate store of the operating system.
    /// </summary>
    private static void UseRootCertificateAsLibpqDoes(NpgsqlConnectionStringBuilder connection)
    {
        if (connection.RootCertificate is "system")
        {
            connection.RootCertificate = null;
            connection.SslMode = SslMode.VerifyFull;
        }
        else if (connection is { RootCertificate: not null, SslMode: SslMode.Require })
        {
            connection.SslMode = SslMode.VerifyCA;
        }
    }

    private static OptionSetter<NpgsqlConnectionStringBuilder> ServerSetting(string name) =>
        Option.Text((target, value) => AddServerOption(target, $"-c {name}={EscapeServerOption(value)}"));

    /// <summary>Escapes a value in the libpq connection parameter <c>options</c>, in which spaces separate options and a backslash escapes.</summary>
    private static string EscapeServerOption(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal);

    private static int WholeSeconds(TimeSpan duration) => (int)Math.Ceiling(duration.TotalSeconds);

    private static void AddServerOption(NpgsqlConnectionStringBuilder target, string option) =>
        target.Options = string.IsNullOrEmpty(target.Options) ? option : $"{target.Options} {option}";
}
