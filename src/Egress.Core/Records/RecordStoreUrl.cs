using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Egress.Records.Redis;
using Egress.Records.Sql.MySql;
using Egress.Records.Sql.Postgres;
using Egress.Records.Sql.Sqlite;
using Egress.Records.Urls;

namespace Egress.Records;

/// <summary>The kinds of store that records are kept in. In lower case they are the metric label <c>db_type</c>.</summary>
public enum RecordStoreKind
{
    /// <summary>PostgreSQL and compatible databases.</summary>
    Postgres,

    /// <summary>MySQL and MariaDB.</summary>
    MySql,

    /// <summary>Redis and compatible databases.</summary>
    Redis,

    /// <summary>A SQLite file.</summary>
    Sqlite,
}

/// <summary>A valid connection URL. No connection is opened.</summary>
internal sealed class RecordStoreUrl
{
    private const string Forms =
        "allowed are postgres://user:password@host:5432/database, mysql://user:password@host:3306/database, "
        + "redis://user:password@host:6379/0 (rediss:// with TLS), sqlite:relative.db and sqlite:///absolute.db";

    private RecordStoreUrl(RecordStoreKind kind, ConnectionUrl url, IReadOnlyList<string> withoutEffect)
    {
        (Kind, Url) = (kind, url);
        Warning = withoutEffect.Count == 0
            ? null
            : $"These options of the connection URL have no effect: {string.Join(", ", withoutEffect)}.";
    }

    /// <summary>The kind of store.</summary>
    public RecordStoreKind Kind { get; }

    /// <summary>One sentence about options that are accepted but have no effect; null when there are none.</summary>
    public string? Warning { get; }

    internal ConnectionUrl Url { get; }

    /// <summary>The server and the database without credentials, for messages.</summary>
    internal string Endpoint => Kind is RecordStoreKind.Sqlite
        ? Url.Path
        : $"{Url.Scheme}://{string.Join(',', Url.Hosts.Select(host => host.ToString()))}/{Url.Path}";

    /// <summary>Checks a connection URL, options included.</summary>
    /// <param name="text">The URL as the operator wrote it.</param>
    /// <param name="url">The URL, when it is valid.</param>
    /// <param name="error">Otherwise what is wrong and what is allowed, as the rest of a sentence. It quotes neither the URL nor a password.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RecordStoreUrl? url, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (url, error) = (Parse(text), null);
            return true;
        }
        catch (FormatException exception)
        {
            (url, error) = (null, exception.Message);
            return false;
        }
    }

    /// <summary>Checks a connection URL, options included.</summary>
    /// <exception cref="FormatException">What is wrong and what is allowed; quotes neither the URL nor a password.</exception>
    public static RecordStoreUrl Parse(string text)
    {
        try
        {
            return ParseByScheme(text);
        }
        catch (ArgumentException)
        {
            // Without the cause: a driver quotes in its message what it refuses, which may be a password.
            throw new FormatException($"the driver does not accept its host or an option; {Forms}");
        }
    }

    private static RecordStoreUrl ParseByScheme(string text)
    {
        var scheme = text.IndexOf(':') is var colon && colon > 0 ? text[..colon].ToLowerInvariant() : "";
        switch (scheme)
        {
            case "postgres" or "postgresql":
                var postgres = ConnectionUrl.Parse(text);
                return new(RecordStoreKind.Postgres, postgres, CheckPostgres(postgres));
            case "mysql" or "mariadb":
                var mysql = ConnectionUrl.Parse(text);
                return new(RecordStoreKind.MySql, mysql, CheckMySql(mysql));
            case "redis" or "rediss":
                var redis = ConnectionUrl.Parse(text);
                return new(RecordStoreKind.Redis, redis, CheckRedis(redis));
            case "sqlite":
                var sqlite = ConnectionUrl.ParseFile(text);
                return new(RecordStoreKind.Sqlite, sqlite, CheckSqlite(sqlite));
            default:
                // A DSN such as "host=… password=…" or "user:password@tcp(…)/database" ends here: nothing of it is quoted.
                throw new FormatException($"it is not a URL with a known scheme; {Forms}");
        }
    }

    /// <summary>The URL of a SQLite file.</summary>
    /// <param name="path">Path of the file, absolute or relative to the working directory.</param>
    public static string ForSqliteFile(string path)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return path.StartsWith('/') ? $"sqlite://{escaped}" : $"sqlite:{escaped}";
    }

    /// <inheritdoc/>
    public override string ToString() => Endpoint;

    // The types of each driver are in a separate method, so that only the driver that is used is loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<string> CheckPostgres(ConnectionUrl url) => PostgresUrl.Read(url).WithoutEffect;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<string> CheckMySql(ConnectionUrl url) => MySqlUrl.Read(url).WithoutEffect;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<string> CheckRedis(ConnectionUrl url) => RedisUrl.Read(url).WithoutEffect;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<string> CheckSqlite(ConnectionUrl url) => SqliteUrl.Read(url).WithoutEffect;
}
