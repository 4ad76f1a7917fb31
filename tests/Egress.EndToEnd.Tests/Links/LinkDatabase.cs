using Egress.TestKit.Servers;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Creates databases that several servers share.</summary>
internal static class LinkDatabase
{
    /// <summary>Creates a database with an empty table of records.</summary>
    /// <param name="kind"><c>postgres</c>, <c>mariadb</c> or <c>redis</c>.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    /// <returns>The value of <c>DB_URL</c>.</returns>
    public static async Task<string> CreateAsync(string kind, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case "postgres":
                var postgres = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(cancellationToken);
                await using (var source = Npgsql.NpgsqlDataSource.Create(PostgresServer.ConnectionString(postgres)))
                await using (var command = source.CreateCommand("CREATE TABLE downloads (id uuid PRIMARY KEY, bucket text NOT NULL, objects jsonb NOT NULL)"))
                {
                    await command.ExecuteNonQueryAsync(cancellationToken);
                }

                return postgres;
            case "mariadb":
                var mariaDb = await (await MariaDbServer.GetAsync()).CreateDatabaseAsync(cancellationToken);
                await using (var source = new MySqlConnector.MySqlDataSource(MariaDbServer.ConnectionString(mariaDb)))
                await using (var command = source.CreateCommand("CREATE TABLE downloads (id VARCHAR(64) PRIMARY KEY, bucket VARCHAR(255) NOT NULL, objects JSON NOT NULL)"))
                {
                    await command.ExecuteNonQueryAsync(cancellationToken);
                }

                return mariaDb;
            default:
                return (await RedisServer.GetAsync()).Url;
        }
    }
}
