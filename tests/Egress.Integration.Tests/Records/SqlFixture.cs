using System.Data.Common;
using Egress.Records;
using Egress.Records.Sql.Sqlite;
using Egress.TestKit.Servers;
using Egress.TestKit;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>A database of its own on an SQL server.</summary>
public abstract class SqlFixture(string url) : RecordStoreFixture
{
    public override RecordStoreOptions Options { get; } = new() { Url = url };

    /// <summary>Returns the URL of the database with a further option.</summary>
    public string UrlWith(string option) => $"{Options.Url}{(Options.Url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{option}";

    /// <summary>Returns the URL of the database for another user, whose password is <c>p</c>.</summary>
    public string UrlOf(string user) => $"{Options.Url[..Options.Url.IndexOf("//", StringComparison.Ordinal)]}//{user}:p@{Options.Url.Split('@')[1]}";

    /// <summary>A column type for texts of any length.</summary>
    public virtual string LongTextType => "TEXT";

    /// <summary>A column type for JSON.</summary>
    public abstract string JsonType { get; }

    public override Task InsertAsync(RawRecord record) => InsertAsync("downloads", record);

    public override Task DeleteAsync(string id) => ExecuteAsync($"DELETE FROM downloads WHERE id = {Literal(id)}");

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

    /// <summary>Runs a query, and returns its single value.</summary>
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
        + $"name VARCHAR(200), callback VARCHAR(200), password VARCHAR(200), custom_headers {JsonType}, checksum_file BOOLEAN)");

    /// <summary>Creates the table that most tests use, and returns this fixture.</summary>
    public async Task<SqlFixture> WithTableAsync()
    {
        await CreateTableAsync();
        return this;
    }

    /// <summary>Creates that table with a record with the id <c>a</c>, and returns this fixture.</summary>
    public async Task<SqlFixture> WithRecordAsync()
    {
        await CreateTableAsync();
        await InsertAsync(new RawRecord("a", "[]"));
        return this;
    }

    public async Task<DbConnection> ConnectAsync()
    {
        var connection = NewConnection();
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    protected abstract DbConnection NewConnection();

    protected virtual string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}

public sealed class MariaDbFixture(string url) : SqlFixture(url)
{
    public override string JsonType => "JSON";

    public override string LongTextType => "LONGTEXT";

    public static async Task<MariaDbFixture> CreateAsync() =>
        new(await (await MariaDbServer.GetAsync()).CreateDatabaseAsync(TestContext.Current.CancellationToken));

    /// <summary>Creates a user with the password <c>p</c> who has rights to the table of records only.</summary>
    /// <returns>The user name.</returns>
    public async Task<string> CreateUserAsync(string rights = "SELECT")
    {
        var name = $"r{Guid.NewGuid():n}"[..24];
        await ExecuteAsync($"CREATE USER {name} IDENTIFIED BY 'p'");
        await ExecuteAsync($"GRANT {rights} ON downloads TO {name}");
        return name;
    }

    public override async ValueTask DisposeAsync()
    {
        await using var connection = NewConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"DROP DATABASE {Options.Url[(Options.Url.LastIndexOf('/') + 1)..]}";
        await command.ExecuteNonQueryAsync();
    }

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
        : base(SqliteUrl.ForFile(folder["records #1%.db"])) => _folder = folder;

    public override string JsonType => "TEXT";

    public string File => _folder["records #1%.db"];

    public override ValueTask DisposeAsync() => _folder.DisposeAsync();

    protected override DbConnection NewConnection() =>
        new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ConnectionString);
}
