using Egress.Backends;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>Tests of URLs with the options of the Go drivers, on real servers.</summary>
public sealed class ConnectionUrlTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sslmode=disable")]
    [InlineData("sslmode=prefer&application_name=zip%20server&connect_timeout=10")]
    [InlineData("pool_max_conns=10&pool_min_conns=1&pool_max_conn_lifetime=1h&pool_max_conn_idle_time=30m&pool_health_check_period=1m")]
    [InlineData("default_query_exec_mode=simple_protocol&statement_cache_capacity=0")]
    [InlineData("timezone=Europe/Zurich&statement_timeout=5s&lock_timeout=1000&options=-c%20work_mem%3D8MB%20-c%20jit%3Doff")]
    [InlineData("channel_binding=prefer&client_encoding=UTF8")]
    [InlineData("target_session_attrs=read-write")]
    public async Task PostgreSQL_is_reached(string options)
    {
        await using var place = await (await database.CreateSchemaAsync()).WithRecordAsync();

        await AssertFoundAsync(place, place.UrlWith(options));
    }

    [Theory]
    [InlineData("target_session_attrs=any")]
    [InlineData("target_session_attrs=read-write")]
    public async Task PostgreSQL_is_reached_when_the_first_of_its_hosts_is_down(string options)
    {
        await using var place = await (await database.CreateSchemaAsync()).WithRecordAsync();

        await AssertFoundAsync(
            place, place.UrlWith(options).Replace("@127.0.0.1:", $"@127.0.0.1:{FreePort.Next()},127.0.0.1:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("parseTime=true&charset=utf8mb4&loc=Local")]
    [InlineData("tls=false&timeout=5s&readTimeout=10s&writeTimeout=10s")]
    [InlineData("tls=preferred&interpolateParams=true&multiStatements=true&allowNativePasswords=true")]
    [InlineData("ssl-mode=DISABLED&compress=true&collation=utf8mb4_unicode_ci")]
    public async Task MariaDB_is_reached(string options)
    {
        await using var place = await (await MariaDbFixture.CreateAsync()).WithRecordAsync();

        await AssertFoundAsync(place, place.UrlWith(options));
    }

    [Theory]
    [InlineData("protocol=2")]
    [InlineData("protocol=3&client_name=zip")]
    [InlineData("dial_timeout=5s&read_timeout=3&pool_size=10&min_idle_conns=2&max_retries=3")]
    public async Task Redis_is_reached(string options)
    {
        await using var place = await RedisFixture.CreateAsync(await RedisServer.GetAsync());
        await place.InsertAsync(new RawRecord("a", "[]"));

        await AssertFoundAsync(place, $"{place.Options.Url}?{options}");
    }

    [Fact]
    public async Task Redis_is_reached_over_TLS_when_its_certificate_is_trusted()
    {
        await using var server = await RedisServer.StartAsync();
        await using var place = await RedisFixture.CreateAsync(server);
        await place.InsertAsync(new RawRecord("a", "[]"));
        await AssertFoundAsync(place, $"{server.TlsUrl}?skip_verify=true");
        await using var strict = place.Open(change: options => options with { Url = server.TlsUrl, QueryTimeout = TimeSpan.FromMinutes(1) });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await strict.FindAsync("a", Token));

        Assert.Equal(BackendFault.Unavailable, fault.Fault);
    }

    [Fact]
    public async Task Encryption_that_a_server_does_not_offer_is_a_fault()
    {
        await using var postgres = await (await database.CreateSchemaAsync()).WithRecordAsync();
        await using var mariadb = await (await MariaDbFixture.CreateAsync()).WithRecordAsync();

        foreach (var (place, options) in (IEnumerable<(SqlFixture, string)>)[(postgres, "sslmode=require"), (mariadb, "tls=skip-verify"), (mariadb, "tls=true")])
        {
            await using var store = place.Open(change: before => before with { Url = place.UrlWith(options) });
            var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));
            Assert.Equal(BackendFault.Unavailable, fault.Fault);
        }
    }

    private static async Task AssertFoundAsync(RecordStoreFixture place, string url)
    {
        await using var store = place.Open(change: options => options with { Url = url });
        Assert.NotNull(await store.FindAsync("a", Token));
        await store.CheckAsync(Token);
    }
}
