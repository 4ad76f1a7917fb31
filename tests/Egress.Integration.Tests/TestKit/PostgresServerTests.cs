using Egress.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Egress.Integration.Tests.TestKit;

public sealed class PostgresServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_database_is_a_new_one()
    {
        PostgresServer server = await PostgresServer.GetAsync();

        string first = await server.CreateDatabaseAsync(Token);
        string second = await server.CreateDatabaseAsync(Token);
        await ExecuteAsync(first, "CREATE TABLE t (n int)");
        await ExecuteAsync(second, "CREATE TABLE t (n int)");

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_server_of_its_own_restarts_with_its_data_after_a_stop_and_after_a_crash()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string url = await server.CreateDatabaseAsync(Token);
        await ExecuteAsync(url, "CREATE TABLE t (n int)");

        await server.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(url, "SELECT 1"));
        await server.StartAgainAsync();
        await ExecuteAsync(url, "INSERT INTO t VALUES (1)");

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(url, "SELECT 1"));
        await server.StartAgainAsync();
        await ExecuteAsync(url, "INSERT INTO t VALUES (2)");
    }

    private static async Task ExecuteAsync(string url, string sql)
    {
        await using var connection = new NpgsqlConnection(PostgresServer.ConnectionString(url));
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
