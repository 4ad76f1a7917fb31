using System.IO.Compression;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>
/// Runs the hooks of azure.yaml as azd does, in both shells, with PostgreSQL over TLS and a simulated Azure. They print a signed link that works on a
/// server with the settings of the template.
/// </summary>
public sealed class AzdHookTests : IAsyncLifetime
{
    private const string Role = "id-egress-test";
    private const string Secret = "secret-of-key-vault-0123456789";

    private readonly TempFolder _folder = new();
    private PostgresServer _postgres = null!;
    private FakeAzure _azure = null!;
    private string _token = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Objects => _folder["storage"];

    private string AzdLog => _folder["azd.log"];

    private string Path => $"{_folder.Path}{System.IO.Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresServer.StartWithTlsAsync();
        _token = _postgres.Administrator.Password;
        _azure = await FakeAzure.StartAsync(_token, Secret, Objects);
        await MakeAzureFunctionAsync();
        await _folder.WriteAsync("azd", System.Text.Encoding.UTF8.GetBytes($$"""
            #!/bin/sh
            case "$1 $2" in
              "auth token") echo '{"token":"{{_token}}","expiresOn":"2099-01-01T00:00:00Z"}' ;;
              "env set") echo "$3=$4" >>'{{AzdLog}}' ;;
              *) exit 9 ;;
            esac

            """));
        File.SetUnixFileMode(_folder["azd"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public async ValueTask DisposeAsync()
    {
        await _azure.DisposeAsync();
        await _postgres.DisposeAsync();
        await _folder.DisposeAsync();
    }

    [Theory]
    [InlineData("posix")]
    [InlineData("windows")]
    public async Task The_hooks_print_a_working_link(string system)
    {
        await using var server = await StartServerAsync();

        var address = (await RunAsync("preprovision", system, server)).EnsureSuccess();
        Assert.Contains($"EGRESS_CLIENT_ADDRESS is {FakeAzure.Address}", address.Output, StringComparison.Ordinal);
        Assert.Contains("Registering the resource provider Microsoft.App", address.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", address.Output, StringComparison.Ordinal);

        var prepared = (await RunAsync("postprovision", system, server)).EnsureSuccess();
        Assert.Contains($"Created the role {Role}.", prepared.Output, StringComparison.Ordinal);
        Assert.Contains("Not resolved yet: SIGNING_SECRET.", prepared.Output, StringComparison.Ordinal);
        Assert.True(_azure.ManagerRequests >= 4);
        await AssertServesSampleAsync(server, Link(prepared));

        // A second provision changes nothing, and prints a link again.
        var again = (await RunAsync("postprovision", system, server)).EnsureSuccess();
        Assert.DoesNotContain("Made ", again.Output, StringComparison.Ordinal);
        Assert.Equal(
            [$"EGRESS_CLIENT_ADDRESS={FakeAzure.Address}", "EGRESS_SAMPLE=true", "EGRESS_SAMPLE=true"],
            await File.ReadAllLinesAsync(AzdLog, Token));

        var deployed = (await RunAsync("postdeploy", system, server, ("EGRESS_SAMPLE", "true"))).EnsureSuccess();
        await AssertServesSampleAsync(server, Link(deployed));
        await AssertMayReadOnlyAsync();
    }

    [Fact]
    public async Task An_unreachable_database_ends_the_hook_and_says_what_to_do()
    {
        await using var server = await StartServerAsync();
        await _postgres.StopAsync();

        var refused = await RunAsync("postprovision", "posix", server);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is not reachable from here", refused.Error, StringComparison.Ordinal);
        Assert.Contains("azd env set EGRESS_CLIENT_ADDRESS", refused.Error, StringComparison.Ordinal);

        // Without an allowed address, a refusal by the network rules is expected.
        var expected = (await RunAsync("postprovision", "posix", server, ("EGRESS_CLIENT_ADDRESS", "none"))).EnsureSuccess();
        Assert.Contains("Not prepared: PostgreSQL", expected.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("signature=", expected.Output, StringComparison.Ordinal);
        Assert.Equal(["EGRESS_SAMPLE=false"], await File.ReadAllLinesAsync(AzdLog, Token));
        (await RunAsync("postdeploy", "posix", server, ("EGRESS_SAMPLE", "false"))).EnsureSuccess();
    }

    [Fact]
    public async Task Before_the_deployment_missing_prerequisites_are_named()
    {
        await using var server = await StartServerAsync();

        var unknown = await RunAsync("preprovision", "posix", server, ("EGRESS_ADDRESS_SERVICE", new Uri(_azure.Url, "nowhere").AbsoluteUri));
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("azd env set EGRESS_CLIENT_ADDRESS", unknown.Error, StringComparison.Ordinal);

        // An address that is set is not looked up. If the user may not change the subscription, the hook continues.
        var set = (await RunAsync("preprovision", "posix", server, ("EGRESS_CLIENT_ADDRESS", "none"), ("AZURE_SUBSCRIPTION_ID", "another"))).EnsureSuccess();
        Assert.Contains("warning: Microsoft.App is not registered", set.Output, StringComparison.Ordinal);

        (await RunAsync("preprovision", "posix", server, ("EGRESS_DEPLOY_POSTGRES", "false"))).EnsureSuccess();
        Assert.False(File.Exists(AzdLog));
    }

    private Task<EgressServer> StartServerAsync() => EgressServer.StartAsync(
        ("DB_URL", Url(Role)),
        ("DB_AUTH", "entra"),
        ("STORAGE_PATH", Objects),
        ("SIGNING_SECRET", Secret),
        ("ENFORCE_SIGNING", "true"),
        ("PATH", Path),
        ("SSL_CERT_FILE", _postgres.CertificatePath),
        ("AZURE_TOKEN_CREDENTIALS", "AzureDeveloperCliCredential"));

    private Task<ExecutableResult> RunAsync(string hook, string system, EgressServer server, params (string Name, string Value)[] more)
    {
        var script = Yaml.Read("azure.yaml")["hooks"][hook][system];
        var environment = EgressServer.CleanEnvironment();
        (string Name, string Value)[] variables =
        [
            ("PATH", Path),
            ("SSL_CERT_FILE", _postgres.CertificatePath),
            ("EGRESS_ADDRESS_SERVICE", new Uri(_azure.Url, "address").AbsoluteUri),
            ("EGRESS_URL", $"http://127.0.0.1:{server.Port}"),
            ("ARM_ENDPOINT", _azure.Url.AbsoluteUri),
            ("AZURE_SUBSCRIPTION_ID", "s"),
            ("KEY_VAULT_URL", new Uri(_azure.Url, "vault/").AbsoluteUri),
            ("OBJECTS_CONTAINER_URL", new Uri(_azure.Url, "objects").AbsoluteUri),
            ("FUNCTION_APP_ID", FakeAzure.AppId),
            ("APP_IDENTITY_NAME", Role),
            ("APP_IDENTITY_OBJECT_ID", "6f3f1c1e-0000-4000-8000-000000000001"),
            ("POSTGRES_ADMIN_URL", Url(_postgres.Administrator.User)),
            .. more,
        ];
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        var shell = script["shell"].Text();
        return Shell(shell).RunAsync(
            new ExecutableRun
            {
                Arguments = shell == "sh" ? ["-c", script["run"].Text()] : ["-NoProfile", "-NonInteractive", "-Command", script["run"].Text()],
                WorkingDirectory = RepositoryRoot.Path,
                Environment = environment,
                Limit = TimeSpan.FromMinutes(5),
            },
            Token);
    }

    private static Executable Shell(string name)
    {
        var installed = System.IO.Path.Combine(RepositoryRoot.Path, "artifacts", "tools", "powershell", name);
        if (name == "pwsh" && Executable.Find(name) is null && !File.Exists(installed))
        {
            Requirement.Missing(name, "PowerShell is not installed (tests/install-servers.sh does that)");
        }

        return Executable.Find(name) ?? new Executable(installed);
    }

    private string Url(string user) => $"postgres://{Uri.EscapeDataString(user)}@127.0.0.1:{_postgres.Port}/egress?sslmode=verify-full";

    private static string Link(ExecutableResult result) => result.Output.Split('\n').Single(line => line.StartsWith("http", StringComparison.Ordinal)).Trim();

    private static async Task AssertServesSampleAsync(EgressServer server, string link)
    {
        Assert.StartsWith($"http://127.0.0.1:{server.Port}/download/sample?expiry=", link, StringComparison.Ordinal);
        using var zip = new ZipArchive(new MemoryStream(await server.Client.GetByteArrayAsync(new Uri(link), Token)));
        Assert.Equal(["hello.txt", "tables/cities.csv"], zip.Entries.Select(entry => entry.FullName.Replace("sample/", "", StringComparison.Ordinal)));
    }

    /// <summary>
    /// Creates a function with the name of Azure's function that creates roles for identities. This one creates a role with the token as its
    /// password.
    /// </summary>
    private Task MakeAzureFunctionAsync() => ExecuteAsync("postgres", _postgres.Administrator.User, $"""
        CREATE FUNCTION pgaadauth_create_principal_with_oid(name text, id text, kind text, admin boolean, mfa boolean) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
            IF kind <> 'service' OR admin OR id::uuid IS NULL THEN RAISE 'not what the app may be'; END IF;
            EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L', name, '{_token}');
            RETURN name;
        END $$
        """);

    private async Task AssertMayReadOnlyAsync()
    {
        await ExecuteAsync("egress", Role, "SELECT id FROM downloads; INSERT INTO egress_crc_cache VALUES ('a', 1, 1); DELETE FROM egress_crc_cache");
        await ExecuteAsync("egress", Role, "INSERT INTO egress_manifests VALUES ('a', 0, '', 1); UPDATE egress_manifests SET part = 1; DELETE FROM egress_manifests");
        foreach (var statement in new[] { "DELETE FROM downloads", "UPDATE downloads SET name = 'x'", "CREATE TABLE mine (id int)", "DROP TABLE downloads" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("egress", Role, statement));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    private async Task ExecuteAsync(string database, string user, string statements)
    {
        var target = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _postgres.Port, Database = database, Username = user, Password = _token, Pooling = false };
        await using var connection = new NpgsqlConnection(target.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(statements, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
