using Azure.Core;
using Azure.Identity;
using Egress.Backends;
using Egress.Records;
using Egress.Records.Sql.Postgres;
using Egress.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>Tests of <c>DB_AUTH=entra</c> on a real server. The password of the user is the token.</summary>
public sealed class PostgresEntraTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_of_the_identity_is_the_password()
    {
        var (url, password) = await DatabaseAsync();
        var identity = new FakeIdentity(_ => password);
        await using var store = Create(url, identity);

        Assert.NotNull(await store.Store.FindAsync("sample", Token));
        Assert.Equal([EntraAuthentication.Scope], identity.Requests.Distinct());
    }

    [Fact]
    public async Task Each_new_connection_requests_a_token_so_that_an_expired_one_is_replaced()
    {
        var (url, password) = await DatabaseAsync();
        var identity = new FakeIdentity(request => request == 1 ? "expired" : password);
        await using var store = Create(url, identity);

        var refused = await Assert.ThrowsAsync<BackendException>(async () => await store.Store.FindAsync("sample", Token));
        Assert.Equal(BackendFault.Denied, refused.Fault);
        Assert.NotNull(await store.Store.FindAsync("sample", Token));
        Assert.Equal(2, identity.Requests.Count);
    }

    [Fact]
    public async Task Access_without_an_identity_is_denied()
    {
        var (url, _) = await DatabaseAsync();
        await using var store = Create(url, new FakeIdentity(_ => throw new CredentialUnavailableException("No identity here.")));

        var refused = await Assert.ThrowsAsync<BackendException>(async () => await store.Store.FindAsync("sample", Token));
        Assert.Equal(BackendFault.Denied, refused.Fault);
    }

    private static RecordBackend Create(string url, TokenCredential identity) => RecordStoreFactory.Create(
        new RecordStoreOptions { Url = url, Authentication = RecordStoreAuthentication.Entra }, TimeProvider.System, NullLoggerFactory.Instance, identity);

    /// <returns>The URL without the password of a database with one record, and the password.</returns>
    private static async Task<(string Url, string Password)> DatabaseAsync()
    {
        var url = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(Token);
        var parts = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString(url));
        await using var connection = new NpgsqlConnection(parts.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(
            "CREATE TABLE downloads (id text PRIMARY KEY, bucket text, objects jsonb); INSERT INTO downloads VALUES ('sample', 'b', '[\"a\"]')", connection);
        await command.ExecuteNonQueryAsync(Token);
        return ($"postgres://{parts.Username}@{parts.Host}:{parts.Port}/{parts.Database}", parts.Password!);
    }

    private sealed class FakeIdentity(Func<int, string> token) : TokenCredential
    {
        public List<string> Requests { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Requests.AddRange(requestContext.Scopes);
            return new AccessToken(token(Requests.Count), DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
