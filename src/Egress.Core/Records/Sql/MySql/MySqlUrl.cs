using Egress.Records.Urls;
using MySqlConnector;
using Option = Egress.Records.Urls.OptionValue<MySqlConnector.MySqlConnectionStringBuilder>;

namespace Egress.Records.Sql.MySql;

/// <summary>Reads <c>mysql://</c> URLs, with the options of go-sql-driver and those that database providers add.</summary>
internal static class MySqlUrl
{
    public static readonly UrlOptions<MySqlConnectionStringBuilder> Options = new()
    {
        Supported =
        {
            ["tls"] = Option.OneOf(
                ("false", target => target.SslMode = MySqlSslMode.None),
                ("preferred", target => target.SslMode = MySqlSslMode.Preferred),
                ("skip-verify", target => target.SslMode = MySqlSslMode.Required),
                ("true", target => target.SslMode = MySqlSslMode.VerifyFull)),
            ["ssl-mode"] = Option.OneOf(
                ("disabled", target => target.SslMode = MySqlSslMode.None),
                ("preferred", target => target.SslMode = MySqlSslMode.Preferred),
                ("required", target => target.SslMode = MySqlSslMode.Required),
                ("verify_ca", target => target.SslMode = MySqlSslMode.VerifyCA),
                ("verify_identity", target => target.SslMode = MySqlSslMode.VerifyFull)),
            ["ssl-ca"] = Option.Text((target, value) => target.SslCa = value),
            ["ssl-cert"] = Option.Text((target, value) => target.SslCert = value),
            ["ssl-key"] = Option.Text((target, value) => target.SslKey = value),
            ["compress"] = Option.Flag((target, value) => target.UseCompression = value),
        },
        WithoutEffect =
        {
            "allowAllFiles", "allowCleartextPasswords", "allowFallbackToPlaintext", "allowNativePasswords", "allowOldPasswords", "charset",
            "checkConnLiveness", "clientFoundRows", "collation", "columnsWithAlias", "connectionAttributes", "interpolateParams", "loc",
            "maxAllowedPacket", "multiStatements", "parseTime", "readTimeout", "rejectReadOnly", "time_zone", "timeout", "timeTruncate",
            "writeTimeout", "sql_mode", "autocommit", "tx_isolation", "transaction_isolation", "max_execution_time", "wait_timeout",
        },
    };

    /// <summary>Reads a URL. The caller sets the size of the pool and the time limits.</summary>
    /// <exception cref="FormatException">There is no database, or an option is unknown or has a value that is not allowed.</exception>
    public static (MySqlConnectionStringBuilder Connection, IReadOnlyList<string> WithoutEffect) Read(ConnectionUrl url)
    {
        if (url.Path.Length == 0)
        {
            throw new FormatException("it names no database: mysql://user:password@host:3306/database");
        }

        if (url.Hosts.Count > 1)
        {
            throw new FormatException("it names several hosts, which is possible with postgres and redis only");
        }

        var connection = new MySqlConnectionStringBuilder
        {
            Server = "localhost",
            Database = url.Path,
            ApplicationName = "egress",
            // Values are read as they are stored: a CHAR(36) is not converted to a Guid, nor a TINYINT to a boolean.
            GuidFormat = MySqlGuidFormat.None,
            TreatTinyAsBoolean = false,
            // The lifetime of connections in seconds, the same as in Npgsql. Because of it, a pool connects to the new address after a failover has
            // changed the address of the host name.
            ConnectionLifeTime = 3600,
        };
        if (url.Hosts is [var host])
        {
            connection.Server = host.Host;
            connection.Port = (uint)(host.Port ?? 3306);
        }

        connection.UserID = url.User ?? "";
        connection.Password = url.Password ?? "";
        var withoutEffect = Options.Apply(url, connection);
        // Without TLS, caching_sha2_password needs the public key of the server, which the driver requests as go-sql-driver does. An attacker in
        // between could replace the key; tls=true prevents that.
        connection.AllowPublicKeyRetrieval = connection.SslMode is MySqlSslMode.None or MySqlSslMode.Preferred;
        return (connection, withoutEffect);
    }
}
