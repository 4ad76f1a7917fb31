using System.Net;
using Egress.EndToEnd.Tests.Matrix;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Tests of the responses while the database fails, for a moment or permanently. They never say that the record does not exist.</summary>
public sealed class DatabaseFaultTests
{
    private const string Known = "test-all";
    private const string Unknown = "nobody";
    private const string State = "egress_circuit_breaker_state{backend=\"database\"}";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="records">The kind of database.</param>
    /// <param name="garbled">
    /// Offset of the corrupted byte of the database's greeting. It is not a byte of the length, because the driver would wait for more bytes after a
    /// larger length.
    /// </param>
    [Theory]
    [InlineData("postgres", 0)]
    [InlineData("mariadb", 4)]
    [InlineData("redis", 0)]
    public async Task Temporary_faults_heal_and_lasting_ones_are_not_a_missing_record(string records, int garbled)
    {
        await using var fixture = await Fixture.StartAsync(records, ("CIRCUIT_BREAKER_THRESHOLD", "0"));
        var proxy = fixture.Proxy;
        var expected = await fixture.Server.Client.GetByteArrayAsync(EgressServer.Link(Known), Token);
        proxy.ResetAll();
        Assert.Equal(expected, await fixture.Server.Client.GetByteArrayAsync(EgressServer.Link(Known), Token));
        foreach (var fault in new[]
        {
            Fault.Cut(0), Fault.Cut(0, CutKind.Close), Fault.Cut(20), Fault.Cut(150), Fault.Corrupt(garbled), Fault.Delay(TimeSpan.FromMilliseconds(200)),
        })
        {
            // The pool is empty, so the driver opens new connections. The first attempt fails, and the next one succeeds.
            proxy.Refuse();
            proxy.ResetAll();
            await AssertProblemAsync(fixture, Known, 502, "unavailable");
            proxy.FailOnce(fault);
            proxy.Accept();
            Assert.Equal(expected, await fixture.Server.Client.GetByteArrayAsync(EgressServer.Link(Known), Token));
        }

        foreach (var (fault, status, code) in new (Fault, int, string)[]
        {
            (Fault.Cut(0), 502, "unavailable"),
            (Fault.Cut(20, CutKind.Close), 502, "unavailable"),
            (Fault.Corrupt(garbled), 502, "unavailable"),
        })
        {
            proxy.FailAll(fault);
            proxy.ResetAll();
            await AssertProblemAsync(fixture, Known, status, code);
            await AssertProblemAsync(fixture, Unknown, status, code);
            proxy.Heal();
        }

        proxy.Refuse();
        proxy.ResetAll();
        await AssertProblemAsync(fixture, Known, 502, "unavailable");
        await AssertProblemAsync(fixture, Unknown, 502, "unavailable");
        proxy.Accept();
        Assert.Equal(expected, await fixture.Server.Client.GetByteArrayAsync(EgressServer.Link(Known), Token));
        Assert.Equal(HttpStatusCode.NotFound, await fixture.StatusAsync(EgressServer.Link(Unknown)));
    }

    /// <summary>
    /// Tests with a short time limit. A busy machine may exceed it without a fault, so it is used only for queries that are expected to time out.
    /// </summary>
    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    [InlineData("redis")]
    public async Task A_database_that_does_not_answer_is_504_after_the_limit(string records)
    {
        await using var fixture = await Fixture.StartAsync(records, ("CIRCUIT_BREAKER_THRESHOLD", "0"), ("DATABASE_QUERY_TIMEOUT", "1s"));
        fixture.Proxy.FailAll(Fault.Stall(0));
        fixture.Proxy.ResetAll();
        await AssertProblemAsync(fixture, Known, 504, "timed-out");
        await AssertProblemAsync(fixture, Unknown, 504, "timed-out");
    }

    [Fact]
    public async Task Missing_records_do_not_open_the_breaker_failures_do_and_two_successes_close_it()
    {
        await using var fixture = await Fixture.StartAsync("redis", ("CIRCUIT_BREAKER_THRESHOLD", "5"), ("CIRCUIT_BREAKER_TIMEOUT", "15s"));
        var client = fixture.Server.Client;
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(HttpStatusCode.NotFound, await fixture.StatusAsync(EgressServer.Link(Unknown)));
        }

        fixture.Proxy.Refuse();
        fixture.Proxy.ResetAll();
        for (var i = 0; i < 5; i++)
        {
            await AssertProblemAsync(fixture, Known, 502, "unavailable");
        }

        fixture.Proxy.Accept();
        var asked = fixture.Proxy.Accepted;
        Assert.Equal(1, (await Scrape.ReadAsync(client, Token))[State]);
        using (var refused = await client.GetAsync(EgressServer.Link(Known), Token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 15);
        }

        Assert.Equal(asked, fixture.Proxy.Accepted);
        await Eventually.UntilAsync(
            async () => await fixture.StatusAsync(EgressServer.Link(Known)) != HttpStatusCode.ServiceUnavailable,
            "the end of the time in which the database is not asked",
            Token);
        Assert.Equal(2, (await Scrape.ReadAsync(client, Token))[State]);
        Assert.Equal(HttpStatusCode.OK, await fixture.StatusAsync(EgressServer.Link(Known)));
        Assert.Equal(0, (await Scrape.ReadAsync(client, Token))[State]);
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
        await Probes.UntilReadyIsAsync(server.Client, 503, Token);
        await database.StartAgainAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, link));
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_502_and_the_log_names_field_and_cause()
    {
        await using var server = await EgressServer.StartAsync();
        await server.CreateLinkAsync("b", "x.txt");
        foreach (var (id, objects, cause) in new[]
        {
            ("broken", "[\"a\", {\"key\": 7}]", "objects[1].key must be text, not a number"),
            ("torn", "[\"a\", ", "objects is not valid JSON: "),
        })
        {
            var sql = $"INSERT INTO downloads (id, bucket, objects) VALUES ('{id}', 'b', '{objects}')";
            (await Executable.Require("python3").RunAsync(
                "-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()", Path.Combine(server.Files, "../egress.db"), sql))
                .EnsureSuccess();
            Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(server, $"/{id}"));
            await server.Process.WaitForLineAsync($"{id}\\u0027 cannot be read: {cause}", Limit);
        }
    }

    /// <summary>Users add columns while Egress is running, and start Egress before the table exists.</summary>
    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    public async Task A_table_that_does_not_fit_is_named_and_used_as_soon_as_it_does(string records)
    {
        await using var table = await RecordTable.CreateAsync(records, Token);
        await using var server = await EgressServer.StartAsync(("DB_URL", table.Url), ("STORAGE_PATH", "{folder}/data/files"));
        await server.PutAsync("b", "x.txt", "1"u8.ToArray());
        await AssertUnfitAsync("there is no table");
        await table.ExecuteAsync("CREATE TABLE downloads (id VARCHAR(40) PRIMARY KEY, bucket VARCHAR(40))", Token);
        await server.Process.KillAsync();
        await server.StartAgainAsync();
        await AssertUnfitAsync("has no column \\u0027objects\\u0027");

        await table.ExecuteAsync("ALTER TABLE downloads ADD COLUMN objects VARCHAR(400)", Token);
        await table.ExecuteAsync("INSERT INTO downloads VALUES ('a', 'b', '[\"x.txt\"]')", Token);
        await Probes.UntilReadyIsAsync(server.Client, 200, Token);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/a"));

        await table.ExecuteAsync("ALTER TABLE downloads ADD COLUMN name VARCHAR(40)", Token);
        await table.ExecuteAsync("UPDATE downloads SET name = 'told'", Token);
        using var named = await server.Client.GetAsync("/a", Token);
        Assert.Equal("attachment; filename=\"told.zip\"", named.Content.Headers.GetValues("Content-Disposition").Single());
        Assert.False(server.Process.Exited.IsCompleted);

        async Task AssertUnfitAsync(string cause)
        {
            await Probes.UntilReadyIsAsync(server.Client, 503, Token);
            Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(server, "/a"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health"));
            foreach (var line in new[] { "database cannot be used", "\"EventId\":1011" })
            {
                Assert.Contains(cause, await server.Process.WaitForLineAsync(line, Limit), StringComparison.Ordinal);
            }
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(EgressServer server, string link)
    {
        using var answer = await server.Client.GetAsync(link, Token);
        return answer.StatusCode;
    }

    private static async Task AssertProblemAsync(Fixture fixture, string id, int status, string code)
    {
        using var answer = await fixture.Server.Client.GetAsync(EgressServer.Link(id), Token);
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode} instead of {status} for {id}: {body}");
        Assert.Contains($"\"urn:egress:problem:database-{code}\"", body, StringComparison.Ordinal);
    }

    /// <summary>Egress with records in a database that it reaches through a proxy.</summary>
    private sealed class Fixture(EgressServer server, FaultProxy proxy, TempFolder folder) : IAsyncDisposable
    {
        public EgressServer Server => server;

        public FaultProxy Proxy => proxy;

        public static async Task<Fixture> StartAsync(string records, params (string, string?)[] settings)
        {
            var folder = new TempFolder();
            var database = await RecordSeeds.StoreAsync(records, folder.Path, Token);
            var url = database.Single(setting => setting.Item1 == "DB_URL").Item2!;
            var port = new Uri(url).Port;
            var proxy = new FaultProxy(port);
            (string, string?)[] through = [("DB_URL", url.Replace($":{port}/", $":{proxy.Port}/", StringComparison.Ordinal))];
            var storage = await StorageSeeds.StoreAsync("local", folder.Path, Token);
            return new Fixture(await EgressServer.StartAsync([.. database, .. through, .. storage, Probes.Rare, .. settings]), proxy, folder);
        }

        public Task<HttpStatusCode> StatusAsync(string link) => DatabaseFaultTests.StatusAsync(server, link);

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            await proxy.DisposeAsync();
            await folder.DisposeAsync();
        }
    }
}
