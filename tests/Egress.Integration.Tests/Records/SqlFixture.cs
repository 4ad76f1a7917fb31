using System.Data.Common;
using Egress.Records;
using Egress.TestKit.Servers;
using Egress.TestKit;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>A database of its own on one of the SQL servers.</summary>
public abstract class SqlFixture(string url) : RecordStoreFixture
{
    public override RecordStoreOptions Options { get; } = new() { Url = url };

    /// <summary>A type of columns that hold JSON.</summary>
    public abstract string JsonType { get; }

    public override Task InsertAsync(RawRecord record) => InsertAsync("downloads", record);

    public Task InsertAsync(string table, RawRecord record)
    {
        var fields = record.Fields().ToArray();
        return ExecuteAsync(
            $"INSERT INTO {table} ({string.Join(", ", fields.Select(field => field.Field))}) "
            + $"VALUES ({string.Join(", ", fields.Select(field => Literal(field.Value)))})");
    }

    /// <summary>Runs a statement on a connection of its own.</summary>
    public async Task ExecuteAsync(string statement)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs a query that gives one value.</summary>
    public async Task<object?> QueryAsync(string query)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Creates the table that most tests use.</summary>
    public Task CreateTableAsync() => ExecuteAsync(
        $"CREATE TABLE downloads (id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects {JsonType} NOT NULL, "
        + $"name VARCHAR(200), callback VARCHAR(200), password VARCHAR(200), custom_headers {JsonType})");

    public async Task<DbConnection> ConnectAsync()
    {
        var connection = NewConnection();
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected abstract DbConnection NewConnection();

    protected virtual string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}

public sealed class PostgresFixture(string url) : SqlFixture(url)
{
    public override string JsonType => "JSONB";

    public static async Task<PostgresFixture> CreateAsync() =>
        new(await (await PostgresServer.GetAsync()).CreateDatabaseAsync(TestContext.Current.CancellationToken));

    protected override DbConnection NewConnection() => new NpgsqlConnection(PostgresServer.ConnectionString(Options.Url));
}

public sealed class MariaDbFixture(string url) : SqlFixture(url)
{
    public override string JsonType => "JSON";

    public static async Task<MariaDbFixture> CreateAsync() =>
        new(await (await MariaDbServer.GetAsync()).CreateDatabaseAsync(TestContext.Current.CancellationToken));

    protected override DbConnection NewConnection() => new MySqlConnection(MariaDbServer.ConnectionString(Options.Url));

    protected override string Literal(string value) => base.Literal(value.Replace("\\", "\\\\", StringComparison.Ordinal));
}

public sealed class SqliteFixture : SqlFixture
{
    private readonly TempFolder _folder;

    public SqliteFixture()
        : this(new TempFolder())
    {
    }

    private SqliteFixture(TempFolder folder)
        : base(RecordStoreUrl.ForSqliteFile(folder["records #1%.db"])) => _folder = folder;

    public override string JsonType => "TEXT";

    public string File => _folder["records #1%.db"];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _folder.DisposeAsync();
    }

    protected override DbConnection NewConnection() =>
        new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ConnectionString);
}
