using Azure.Core;
using Azure.Identity;
using Npgsql;

namespace Egress.Records.Sql.Postgres;

/// <summary>Logs in to Azure Database for PostgreSQL with tokens of Microsoft Entra ID instead of a password.</summary>
internal static class EntraAuthentication
{
    /// <summary>The scope for which tokens are requested.</summary>
    public const string Scope = "https://ossrdbms-aad.database.windows.net/.default";

    private const string Allowed =
        "allowed: postgres://role@host:5432/database?sslmode=verify-full, without a password and with sslmode require, verify-ca or verify-full";

    /// <summary>Checks whether a URL can be used with tokens.</summary>
    /// <returns>The fault and the allowed values, as the rest of a sentence; null if the URL can be used.</returns>
    public static string? Check(RecordStoreUrl url)
    {
        if (url.Kind is not PostgresKind)
        {
            return $"the URL does not lead to PostgreSQL; {Allowed}";
        }

        var (connection, _) = PostgresUrl.Read(url.Url);
        return connection switch
        {
            { Username: null or "" } => $"the URL names no role; {Allowed}",
            { Password: not null } or { Passfile: not null } => $"the URL has a password, which would not be used; {Allowed}",
            // A token is never sent without TLS.
            { SslMode: not (SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull) } => $"the URL does not require TLS; {Allowed}",
            _ => null,
        };
    }

    /// <summary>
    /// Creates a data source that requests a token for each new connection. The credential caches each token until shortly before it expires, so few
    /// requests are sent.
    /// </summary>
    /// <param name="connection">The options of the connection.</param>
    /// <param name="credential">The identity; null for <see cref="DefaultAzureCredential"/>.</param>
    public static NpgsqlDataSource CreateSource(NpgsqlConnectionStringBuilder connection, TokenCredential? credential)
    {
        var identity = credential ?? new DefaultAzureCredential();
        var request = new TokenRequestContext([Scope]);
        return new NpgsqlDataSourceBuilder(connection.ConnectionString)
            .UsePasswordProvider(
                _ => identity.GetToken(request, default).Token,
                async (_, cancellationToken) => (await identity.GetTokenAsync(request, cancellationToken)).Token)
            .Build();
    }
}
