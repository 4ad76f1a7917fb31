using System.Net;
using Egress.Records;
using Egress.Records.Redis;
using Egress.Records.Sql.MySql;
using Egress.Records.Sql.Postgres;
using Egress.Records.Sql.Sqlite;
using Egress.Records.Urls;
using MySqlConnector;
using Npgsql;
using Xunit;

namespace Egress.Core.Tests.Records;

/// <summary>Tests with URLs as users of pgx, go-sql-driver and go-redis write them, and as database providers display them.</summary>
public class RecordStoreUrlTests
{
    private const string Secret = "s3cret";

    public static TheoryData<string, string, string> PostgresUrls => new()
    {
        { "postgres://user:password@localhost:5432/dbname", "localhost:5432 user:password dbname Prefer", "" },
        { "postgresql://app@db.internal/app", "db.internal:5432 app: app Prefer", "" },
        { "postgres://jack:secret@pg.example.com:5432/mydb?sslmode=verify-ca", "pg.example.com:5432 jack:secret mydb VerifyCA", "" },
        {
            "postgres://jack:secret@pg.example.com:5432/mydb?sslmode=verify-ca&pool_max_conns=10&pool_max_conn_lifetime=1h30m",
            "pg.example.com:5432 jack:secret mydb VerifyCA", "pool_max_conns"
        },
        { "postgres://egress%40server:p%40ss%2Fw%3Ard%25%23@server.postgres.database.azure.com/app?sslmode=require", "server.postgres.database.azure.com:5432 egress@server:p@ss/w:rd%# app Require", "" },
        { "postgresql://neondb_owner:npg_x@ep-a-b.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require", "ep-a-b.eu-central-1.aws.neon.tech:5432 neondb_owner:npg_x neondb Require", "" },
        { "postgresql://postgres.abc:pw@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?default_query_exec_mode=simple_protocol&statement_cache_capacity=0", "aws-0-eu-central-1.pooler.supabase.com:6543 postgres.abc:pw postgres Prefer", "default_query_exec_mode, statement_cache_capacity" },
        { "postgres://u:p@h/db?sslmode=require&sslrootcert=/etc/ssl/rds.pem", "h:5432 u:p db VerifyCA", "" },
        { "postgres://u:p@h/db?sslmode=verify-full&sslrootcert=system", "h:5432 u:p db VerifyFull", "" },
        { "postgres://u:p@[2001:db8::1]:5433/db", "2001:db8::1:5433 u:p db Prefer", "" },
        { "postgres://u:p@h1:5432,h2:5433/db?target_session_attrs=read-write", "h1:5432,h2:5433:5432 u:p db Prefer", "" },
        { "postgres://u:p@h1:5432/db?target_session_attrs=read-write", "h1:5432 u:p db Prefer", "target_session_attrs" },
        { "postgres:///app?host=/var/run/postgresql&user=egress", "/var/run/postgresql:5432 egress: app Prefer", "" },
        { "postgres://u:a:b@h/db?application_name=zip%20server&connect_timeout=10&search_path=app,public&timezone=UTC", "h:5432 u:a:b db Prefer", "" },
        { "POSTGRES://u:p@h/db", "h:5432 u:p db Prefer", "" },
        { "postgres://u:@h/db", "h:5432 u: db Prefer", "" },
        { "postgres://u:a+b@h", "h:5432 u:a+b  Prefer", "" },
    };

    public static TheoryData<string, string, string> MySqlUrls => new()
    {
        { "mysql://user:password@localhost:3306/dbname", "localhost:3306 user:password dbname Preferred", "" },
        { "mysql://root@127.0.0.1/app", "127.0.0.1:3306 root: app Preferred", "" },
        { "mariadb://u:p@h/db", "h:3306 u:p db Preferred", "" },
        { "mysql://u:p@h/db?parseTime=true&charset=utf8mb4&loc=Local", "h:3306 u:p db Preferred", "parseTime, charset, loc" },
        { "mysql://u:p@h/db?tls=true&timeout=5s&readTimeout=10s&writeTimeout=10s", "h:3306 u:p db VerifyFull", "timeout, readTimeout, writeTimeout" },
        { "mysql://u:p@h/db?tls=skip-verify&interpolateParams=true&multiStatements=true&allowNativePasswords=true", "h:3306 u:p db Required", "interpolateParams, multiStatements, allowNativePasswords" },
        { "mysql://u:p@h/db?tls=false", "h:3306 u:p db None", "" },
        { "mysql://doadmin:AVNS_x@db-mysql-fra1-1.b.db.ondigitalocean.com:25060/defaultdb?ssl-mode=REQUIRED", "db-mysql-fra1-1.b.db.ondigitalocean.com:25060 doadmin:AVNS_x defaultdb Required", "" },
        { "mysql://u:p%26%3D%3F@h/db?collation=utf8mb4_unicode_ci", "h:3306 u:p&=? db Preferred", "collation" },
    };

    public static TheoryData<string, string, string> RedisUrls => new()
    {
        { "redis://localhost:6379/0", "localhost:6379 : 0 plain", "" },
        { "redis://localhost", "localhost:6379 : - plain", "" },
        { "redis://:qwerty@localhost:6379/1", "localhost:6379 :qwerty 1 plain", "" },
        { "redis://default:p%40ss@redis-1.cloud.redislabs.com:12345", "redis-1.cloud.redislabs.com:12345 default:p@ss - plain", "" },
        { "rediss://user:pw@master.cache.amazonaws.com:6379/2", "master.cache.amazonaws.com:6379 user:pw 2 tls", "" },
        { "rediss://:key%3D@name.redis.cache.windows.net:6380", "name.redis.cache.windows.net:6380 :key= - tls", "" },
        { "redis://u:p@h:6379?db=3&protocol=3&client_name=zip", "h:6379 u:p 3 plain", "" },
        { "redis://u:p@h:6379/0?dial_timeout=3&read_timeout=6s&max_retries=2&pool_size=10&min_idle_conns=2", "h:6379 u:p 0 plain", "dial_timeout, read_timeout, max_retries, pool_size, min_idle_conns" },
    };

    [Theory]
    [MemberData(nameof(PostgresUrls))]
    public void Urls_of_pgx_are_understood(string text, string expected, string withoutEffect)
    {
        var url = RecordStoreUrl.Parse(text);
        var connection = PostgresUrl.Read(url.Url).Connection;

        Assert.IsType<PostgresKind>(url.Kind);
        Assert.Equal(
            expected,
            $"{connection.Host}:{connection.Port} {connection.Username}:{connection.Password} {connection.Database} {connection.SslMode}");
        AssertWarning(withoutEffect, url);
        using var source = NpgsqlDataSource.Create(connection);
    }

    [Theory]
    [MemberData(nameof(MySqlUrls))]
    public void Urls_for_go_sql_driver_are_understood(string text, string expected, string withoutEffect)
    {
        var url = RecordStoreUrl.Parse(text);
        var connection = MySqlUrl.Read(url.Url).Connection;

        Assert.IsType<MySqlKind>(url.Kind);
        Assert.Equal(
            expected,
            $"{connection.Server}:{connection.Port} {connection.UserID}:{connection.Password} {connection.Database} {connection.SslMode}");
        AssertWarning(withoutEffect, url);
        using var source = new MySqlDataSource(connection.ConnectionString);
    }

    [Theory]
    [MemberData(nameof(RedisUrls))]
    public void Urls_of_go_redis_are_understood(string text, string expected, string withoutEffect)
    {
        var url = RecordStoreUrl.Parse(text);
        var connection = RedisUrl.Read(url.Url).Connection;

        Assert.IsType<RedisKind>(url.Kind);
        Assert.Equal(
            expected,
            $"{Address(Assert.Single(connection.EndPoints))} {connection.User}:{connection.Password} "
                + $"{connection.DefaultDatabase?.ToString(null, null) ?? "-"} {(connection.Ssl ? "tls" : "plain")}");
        AssertWarning(withoutEffect, url);
    }

    [Theory]
    [InlineData("sqlite:relative.db", "relative.db")]
    [InlineData("sqlite:./data/egress.db", "./data/egress.db")]
    [InlineData("sqlite:///var/lib/egress/egress.db", "/var/lib/egress/egress.db")]
    [InlineData("sqlite:/var/lib/egress.db", "/var/lib/egress.db")]
    [InlineData("sqlite:with%20space%3F.db", "with space?.db")]
    [InlineData("sqlite:a;Mode=Memory.db", "a;Mode=Memory.db")]
    [InlineData("sqlite:a.db?mode=ro", "a.db")]
    public void Files_are_found(string text, string path)
    {
        var url = RecordStoreUrl.Parse(text);

        Assert.IsType<SqliteKind>(url.Kind);
        Assert.Equal(path, SqliteUrl.Read(url.Url).Connection.DataSource);
    }

    [Theory]
    [InlineData("/data/100%/egress #1?.db")]
    [InlineData("data/ü b.db")]
    public void The_url_of_a_file_names_the_file(string path) =>
        Assert.Equal(path, SqliteUrl.Read(RecordStoreUrl.Parse(SqliteUrl.ForFile(path)).Url).Connection.DataSource);

    [Theory]
    [InlineData("", "known scheme")]
    [InlineData("host=localhost user=app password=s3cret dbname=app", "postgres://user:password@host:5432/database")]
    [InlineData("app:s3cret@tcp(db:3306)/app?parseTime=true", "mysql://user:password@host:3306/database")]
    [InlineData("mysql://app:s3cret@tcp(db:3306)/app", "parentheses")]
    [InlineData("Server=db;Uid=app;Pwd=s3cret", "known scheme")]
    [InlineData("mongodb://app:s3cret@db/app", "known scheme")]
    [InlineData("localhost:6379", "redis://user:password@host:6379/0")]
    [InlineData("postgres:app:s3cret@db/app", "scheme://user:password@host:port/database")]
    [InlineData("postgres://app:s3cret/x@db/app", "percent-encoded")]
    [InlineData("postgres://app:s3cret#x@db/app", "percent-encoded")]
    [InlineData("postgres://app:s3cret?x@db/app", "percent-encoded")]
    [InlineData("postgres://app:123/s3cret@db/app", "percent-encoded")]
    [InlineData("postgres://app:123?s3cret=1@db/app", "percent-encoded")]
    [InlineData("postgres://app:s3cret%@db/app", "the password has a '%'")]
    [InlineData("postgres://app:s3cret%ff@db/app", "the password has escapes that are not UTF-8")]
    [InlineData("postgres://app:s3cret@db:x/app", "the port is not a number")]
    [InlineData("postgres://app:s3cret@db:70000/app", "the port is not a number")]
    [InlineData("postgres://app:s3cret@db/app?sslmode=on", "the option sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full")]
    [InlineData("postgres://app:s3cret@db/app?ssl_mode=require", "the option ssl_mode is unknown; known are application_name, channel_binding,")]
    [InlineData("postgres://app:s3cret@db/app?connect_timeout=5s&pool_min_conns=-1", "the option connect_timeout must be a whole number from 0 to 1024; the option pool_min_conns must be")]
    [InlineData("postgres://app:s3cret@db/app?sslmode=require&SSLMODE=disable", "the option SSLMODE is given twice")]
    [InlineData("mysql://app:s3cret@db", "it names no database")]
    [InlineData("mysql://app:s3cret@db/app?tls=custom", "the option tls must be one of false, preferred, skip-verify, true")]
    [InlineData("mysql://app:s3cret@db/app?parsetimes=true", "the option parsetimes is unknown")]
    [InlineData("mysql://app:s3cret@a,b/app", "several hosts")]
    [InlineData("redis://app:s3cret@db/app", "must be a number")]
    [InlineData("redis://app:s3cret@db/0?db=x", "the option db must be a whole number")]
    [InlineData("redis://app:s3cret@db/0?poolsize=3", "the option poolsize is unknown")]
    [InlineData("sqlite:", "it names no file")]
    [InlineData("sqlite://data.db", "sqlite:relative.db")]
    [InlineData("sqlite::memory:", "it names no file")]
    [InlineData("sqlite:a.db?mode=memory", "the option mode must be one of ro, rw")]
    public void A_malformed_url_is_explained_without_its_password(string text, string expected)
    {
        Assert.False(RecordStoreUrl.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_pgx_reach_Npgsql()
    {
        var connection = PostgresUrl.Read(ConnectionUrl.Parse(
            "postgres://u:p@h/db?connect_timeout=7&application_name=zip+server&search_path=app&statement_timeout=5s&options=-c%20x.y%3Da"
            + "&pool_min_conns=2&pool_max_conn_lifetime=90m&pool_max_conn_idle_time=5m&channel_binding=require&sslnegotiation=direct")).Connection;

        Assert.Equal(7, connection.Timeout);
        Assert.Equal("zip server", connection.ApplicationName);
        Assert.Equal("app", connection.SearchPath);
        Assert.Equal("-c statement_timeout=5s -c x.y=a", connection.Options);
        Assert.Equal(2, connection.MinPoolSize);
        Assert.Equal(5400, connection.ConnectionLifetime);
        Assert.Equal(300, connection.ConnectionIdleLifetime);
        Assert.Equal(ChannelBinding.Require, connection.ChannelBinding);
        Assert.Equal(SslNegotiation.Direct, connection.SslNegotiation);
    }

    [Theory]
    [InlineData("postgres://app:s3cret@db:5433/app?password=s3cret", "postgres://db:5433/app")]
    [InlineData("rediss://:s3cret@[::1]/0", "rediss://[::1]/0")]
    [InlineData("sqlite:///data/egress.db", "/data/egress.db")]
    public void Messages_show_where_a_url_leads_and_no_credentials(string text, string endpoint) =>
        Assert.Equal(endpoint, RecordStoreUrl.Parse(text).ToString());

    private static string Address(EndPoint endpoint) => endpoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{endpoint}";

    private static void AssertWarning(string withoutEffect, RecordStoreUrl url)
    {
        if (withoutEffect.Length == 0)
        {
            Assert.Null(url.Warning);
        }
        else
        {
            Assert.Equal($"These options of the connection URL have no effect: {withoutEffect}.", url.Warning);
        }
    }
}
