using System.Data.Common;
using System.Security.Cryptography;
using Egress.TestKit.Servers;
using Npgsql;

namespace Egress.Integration.Tests.Records;

/// <summary>A schema of its own in a PostgreSQL database.</summary>
public sealed class PostgresFixture : SqlFixture
{
    private readonly string _database;

    private PostgresFixture(string database, string schema)
        : base($"{database}?search_path={schema},public") => (_database, Schema) = (database, schema);

    public override string JsonType => "JSONB";

    public string Schema { get; }

    public static async Task<PostgresFixture> CreateAsync(string database)
    {
        var fixture = new PostgresFixture(database, $"s_{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        await fixture.ExecuteAsync($"CREATE SCHEMA {fixture.Schema}");
        return fixture;
    }

    /// <summary>Creates a user with the password <c>p</c> who has rights to the table of records only.</summary>
    /// <returns>The user name.</returns>
    public async Task<string> CreateUserAsync(string rights = "SELECT")
    {
        var name = $"user_{Guid.NewGuid():n}";
        await ExecuteAsync($"CREATE ROLE {name} PASSWORD 'p' LOGIN; GRANT {rights} ON downloads TO {name}; GRANT USAGE ON SCHEMA {Schema} TO {name}");
        return name;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override DbConnection NewConnection() => new NpgsqlConnection(
        new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString(_database)) { SearchPath = $"{Schema},public" }.ConnectionString);
}

/// <summary>A database that the tests of a class share, because creating one for each of its hundreds of tests would take minutes.</summary>
public sealed class PostgresDatabase
{
    // The first test creates the database, not the fixture, because only a test can be skipped.
    private readonly Lazy<Task<string>> _url = new(static async () => await (await PostgresServer.GetAsync()).CreateDatabaseAsync());

    public async Task<PostgresFixture> CreateSchemaAsync() => await PostgresFixture.CreateAsync(await _url.Value);
}
