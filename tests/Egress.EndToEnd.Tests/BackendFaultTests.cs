using System.Net;
using Egress.EndToEnd.Tests.Matrix;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>What a client sees when storage or database fail for a moment, or for good.</summary>
public sealed class BackendFaultTests
{
    private const string Key = "big.jpg";
    private const int Size = 24 << 20;

    private static readonly (string, string?)[] FastRetries = [("STORAGE_MAX_RETRIES", "3"), ("STORAGE_RETRY_DELAY", "1ms")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_that_break_in_the_middle_heal_without_the_client_noticing()
    {
        await using var site = await S3Site.StartAsync();
        site.Proxy.Fail(Fault.Cut(afterBytes: 700_000), times: 2, when: head => head.Method == "GET");
        site.Proxy.Answer(503, times: 2, when: head => head.Method == "GET");
        Assert.Equal(site.Expected, await site.Server.Client.GetByteArrayAsync(site.Link, Token));
    }

    [Theory]
    [InlineData(503, "HEAD", HttpStatusCode.BadGateway)]
    [InlineData(429, "HEAD", HttpStatusCode.BadGateway)]
    [InlineData(403, "HEAD", HttpStatusCode.BadGateway)]
    [InlineData(503, "GET", HttpStatusCode.BadGateway)]
    [InlineData(403, "GET", HttpStatusCode.BadGateway)]
    [InlineData(412, "GET", HttpStatusCode.BadGateway)]
    public async Task Lasting_faults_give_a_status_before_the_first_byte(int status, string method, HttpStatusCode expected)
    {
        await using var site = await S3Site.StartAsync();
        site.Proxy.Answer(status, when: head => head.Method == method);
        using var answer = await site.Server.Client.GetAsync(site.Link, Token);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_storage_that_stops_sending_breaks_the_transfer()
    {
        await using var site = await S3Site.StartAsync(("STORAGE_FETCH_TIMEOUT", "5s"), ("STORAGE_MAX_RETRIES", "0"));
        var stall = site.Proxy.Fail(Fault.Stall(afterBytes: 0), when: head => head.Method == "GET");
        await Assert.ThrowsAsync<HttpRequestException>(() => site.Server.Client.GetByteArrayAsync(site.Link, Token));
        stall.Release();
    }

    [Fact]
    public async Task A_storage_that_fails_for_good_in_the_middle_breaks_the_transfer()
    {
        await using var site = await S3Site.StartAsync();
        site.Proxy.Fail(Fault.Cut(afterBytes: 500_000), when: head => head.Method == "GET");
        await using var client = await RawHttpClient.SendAsync(new Uri(site.Server.Client.BaseAddress!, site.Link), cancellationToken: Token);
        Assert.Equal(200, client.Head.Status);
        Assert.NotEqual(BodyEnd.Whole, await client.ReadBodyAsync(cancellationToken: Token));
    }

    [Fact]
    public async Task Missing_objects_do_not_open_the_breaker_and_failures_do()
    {
        await using var site = await S3Site.StartAsync(("CIRCUIT_BREAKER_THRESHOLD", "5"), ("STORAGE_MAX_RETRIES", "0"));
        var missing = await site.Server.CreateLinkAsync(site.Bucket, "gone.txt");
        for (var i = 0; i < 100; i++)
        {
            using var answer = await site.Server.Client.GetAsync(missing, Token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        site.Proxy.Answer(503);
        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            using var answer = await site.Server.Client.GetAsync(site.Link, Token);
            statuses.Add((int)answer.StatusCode);
            Assert.Equal(i == 5, answer.Headers.RetryAfter is not null);
        }

        var asked = site.Proxy.Requests.Count;
        using var refused = await site.Server.Client.GetAsync(site.Link, Token);
        Assert.Equal([502, 502, 502, 502, 502, 503], statuses);
        Assert.Equal(asked, site.Proxy.Requests.Count);
    }

    [Fact]
    public async Task An_outage_of_the_database_is_never_a_404_and_ends_without_a_restart()
    {
        await using var database = await PostgresServer.StartAsync();
        var url = await database.CreateDatabaseAsync(Token);
        await using (var source = NpgsqlDataSource.Create(PostgresServer.ConnectionString(url)))
        {
            await using var create = source.CreateCommand("CREATE TABLE downloads (id text PRIMARY KEY, bucket text, objects jsonb NOT NULL)");
            await create.ExecuteNonQueryAsync(Token);
        }

        await using var server = await EgressServer.StartAsync(
            ("DB_URL", url), ("STORAGE_PATH", "{folder}/data/files"), ("DATABASE_QUERY_TIMEOUT", "30s"), ("CIRCUIT_BREAKER_THRESHOLD", "0"));
        await server.PutAsync("b", "x.txt", "1"u8.ToArray());
        var link = await server.CreateLinkAsync("b", "x.txt");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, link));

        await database.KillAsync();
        Assert.Contains(await StatusAsync(server, link), new[] { HttpStatusCode.BadGateway, HttpStatusCode.GatewayTimeout });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "/ready"));
        await database.StartAgainAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, link));
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_502_and_the_log_names_field_and_cause()
    {
        await using var server = await EgressServer.StartAsync();
        await server.CreateLinkAsync("b", "x.txt");
        var sql = "INSERT INTO downloads (id, bucket, objects) VALUES ('broken', 'b', '[\"a\", {\"key\": 7}]')";
        await Executable.Require("python3").RunAsync(
            "-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()", Path.Combine(server.Files, "../egress.db"), sql);
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(server, "/broken"));
        Assert.Contains(server.Process.Log.Lines, line => line.Contains("objects[1].key", StringComparison.Ordinal));
    }

    private static async Task<HttpStatusCode> StatusAsync(EgressServer server, string link)
    {
        using var answer = await server.Client.GetAsync(link, Token);
        return answer.StatusCode;
    }

    /// <summary>Egress with its objects on an S3 server behind a proxy.</summary>
    private sealed class S3Site : IAsyncDisposable
    {
        private S3Site(EgressServer server, HttpFaultProxy proxy, string bucket, string link, byte[] expected) =>
            (Server, Proxy, Bucket, Link, Expected) = (server, proxy, bucket, link, expected);

        public EgressServer Server { get; }

        public HttpFaultProxy Proxy { get; }

        public string Bucket { get; }

        public string Link { get; }

        public byte[] Expected { get; }

        public static async Task<S3Site> StartAsync(params (string, string?)[] settings)
        {
            var s3 = await S3Server.GetAsync();
            var bucket = await s3.CreateBucketAsync(Token);
            await s3.PutAsync(bucket, Key, Content.Make(Size, 3), Token);
            var proxy = new HttpFaultProxy(s3.Port);
            var server = await EgressServer.StartAsync(
                [("DB_URL", "sqlite://{folder}/egress.db"), .. StorageSeeds.S3(s3, proxy.Endpoint), .. FastRetries, .. settings]);
            var link = await server.CreateLinkAsync(bucket, Key);
            return new S3Site(server, proxy, bucket, link, await server.Client.GetByteArrayAsync(link, Token));
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
