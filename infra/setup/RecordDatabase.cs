using System.Text.RegularExpressions;
using Azure.Core;
using Egress.Records;
using Egress.Records.Sql.Postgres;
using Npgsql;

namespace Egress.Setup;

/// <summary>
/// Sets up the new PostgreSQL server: the role of the app, the database, its tables and the sample record. Does not change what already exists.
/// </summary>
internal sealed partial class RecordDatabase(string adminUrl, TokenCredential credential)
{
    /// <summary>Creates what is missing.</summary>
    /// <param name="role">Name of the app's identity, which becomes the name of its role.</param>
    /// <param name="objectId">Object id of the app's identity.</param>
    /// <param name="cancellationToken">Cancels the setup.</param>
    /// <exception cref="SetupException">The server is not reachable, or refused a statement.</exception>
    public async Task PrepareAsync(string role, string objectId, CancellationToken cancellationToken)
    {
        var (target, _) = PostgresUrl.Read(RecordStoreUrl.Parse(adminUrl).Url);
        try
        {
            await using (var server = EntraAuthentication.CreateSource(new(target.ConnectionString) { Database = "postgres" }, credential))
            {
                await MakeRoleAsync(server, role, objectId, cancellationToken);
                await MakeDatabaseAsync(server, target.Database!, cancellationToken);
            }

            await using var database = EntraAuthentication.CreateSource(target, credential);
            await MakeTablesAsync(database, role, cancellationToken);
        }
        catch (PostgresException exception)
        {
            throw new SetupException($"PostgreSQL at {target.Host} refused: {exception.MessageText} ({exception.SqlState}).", exception);
        }
        catch (NpgsqlException exception)
        {
            throw new SetupException(
                $"PostgreSQL at {target.Host} is not reachable from here: {exception.Message}. It admits one public address: run "
                + "`azd env set EGRESS_CLIENT_ADDRESS <address>` and `azd provision`, or run `azd hooks run postprovision` on a machine in the virtual network.",
                exception);
        }
    }

    private static async Task MakeRoleAsync(NpgsqlDataSource server, string role, string objectId, CancellationToken cancellationToken)
    {
        if (!await AnyAsync(server, "SELECT 1 FROM pg_roles WHERE rolname = $1", cancellationToken, role))
        {
            // This function belongs to Azure. The last two arguments mean that the role is not an administrator and needs no multi-factor
            // authentication.
            await AnyAsync(server, "SELECT 1 FROM pgaadauth_create_principal_with_oid($1, $2, 'service', false, false)", cancellationToken, role, objectId);
            Console.WriteLine($"  Created the role {role}.");
        }
    }

    private static async Task MakeDatabaseAsync(NpgsqlDataSource server, string name, CancellationToken cancellationToken)
    {
        if (!await AnyAsync(server, "SELECT 1 FROM pg_database WHERE datname = $1", cancellationToken, name))
        {
            await ExecuteAsync(server, $"CREATE DATABASE {Quoted(name)}", cancellationToken);
            Console.WriteLine($"  Created the database {name}.");
        }
    }

    private static async Task MakeTablesAsync(NpgsqlDataSource database, string role, CancellationToken cancellationToken)
    {
        // The statements run only if a table is missing, because another administrator does not own the tables, and may not alter them.
        var tables = await ReadAsync("records.sql", cancellationToken);
        var names = TableName().Matches(tables).Select(static match => match.Groups[1].Value).ToArray();
        if (await AnyAsync(database, "SELECT 1 FROM unnest(string_to_array($1, ',')) AS name WHERE to_regclass(name) IS NULL", cancellationToken, string.Join(',', names)))
        {
            await ExecuteAsync(database, tables, cancellationToken);
            await ExecuteAsync(
                database, (await ReadAsync("grants.sql", cancellationToken)).Replace(":role", Quoted(role), StringComparison.Ordinal), cancellationToken);
            Console.WriteLine($"  Created the tables {string.Join(", ", names)}.");
        }

        await AnyAsync(
            database, "INSERT INTO downloads (id, bucket, objects, name) VALUES ($1, $2, $3::jsonb, $4) ON CONFLICT DO NOTHING RETURNING 1", cancellationToken,
            Sample.Id, Sample.Bucket, Sample.Items, Sample.Name);
    }

    private static async Task<bool> AnyAsync(NpgsqlDataSource source, string query, CancellationToken cancellationToken, params string[] values)
    {
        await using var command = source.CreateCommand(query);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        }

        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string statement, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string> ReadAsync(string resource, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(typeof(RecordDatabase).Assembly.GetManifestResourceStream(resource)!);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    [GeneratedRegex("^CREATE TABLE IF NOT EXISTS ([a-z0-9_]+)", RegexOptions.Multiline)]
    private static partial Regex TableName();

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
