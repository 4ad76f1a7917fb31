using System.Text;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Tests of the setup of compose.yaml, with its SQL, files and settings, but without Docker.</summary>
public sealed partial class ComposeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_can_be_downloaded()
    {
        var compose = Yaml.Read("compose.yaml");
        var database = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(Token);
        await using (var connection = new NpgsqlConnection(PostgresServer.ConnectionString(database)))
        {
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(compose["configs"]["records"]["content"].Text(), connection);
            await command.ExecuteNonQueryAsync(Token);
        }

        await using var storage = await S3Server.StartAsync();
        await FillAsync(storage, compose["services"]["bucket"]["command"][0].Text());

        var settings = compose["services"]["egress"]["environment"].Pairs().ToDictionary(pair => pair.Key, pair => (string?)pair.Value.Text());
        Assert.StartsWith("postgres://egress:only-for-this-machine@postgres:5432/", settings["DB_URL"], StringComparison.Ordinal);
        settings["DB_URL"] = database;
        settings["S3_ENDPOINT"] = storage.Endpoint.AbsoluteUri;
        (settings["S3_ACCESS_KEY_ID"], settings["S3_SECRET_ACCESS_KEY"]) = (storage.AccessKey, storage.SecretKey);
        await using var server = await EgressServer.StartAsync([.. settings.Select(setting => (setting.Key, setting.Value))]);

        var link = (await server.RunAsync("link", "sign", "sample")).EnsureSuccess().Output.Trim();
        Assert.StartsWith("http://localhost:8080/download/sample?", link, StringComparison.Ordinal);
        using var zip = await Archive.GetAsync(server, new Uri(link).PathAndQuery);
        Assert.Equal(["hello.txt", "tables/cities.csv"], zip.Entries.Select(entry => entry.FullName));
    }

    [Fact]
    public void Servers_agree_on_their_passwords_and_Egress_gets_no_rights()
    {
        var services = Yaml.Read("compose.yaml")["services"];
        var settings = services["egress"]["environment"];
        var postgres = services["postgres"]["environment"];
        Assert.Equal(
            $"postgres://{postgres["POSTGRES_USER"].Text()}:{postgres["POSTGRES_PASSWORD"].Text()}@postgres:5432/{postgres["POSTGRES_DB"].Text()}",
            settings["DB_URL"].Text());
        var minio = services["minio"]["environment"];
        Assert.Equal(minio["MINIO_ROOT_USER"].Text(), settings["S3_ACCESS_KEY_ID"].Text());
        Assert.Equal(minio["MINIO_ROOT_PASSWORD"].Text(), settings["S3_SECRET_ACCESS_KEY"].Text());
        Assert.Contains(
            $"{settings["S3_ENDPOINT"].Text()} {settings["S3_ACCESS_KEY_ID"].Text()} {settings["S3_SECRET_ACCESS_KEY"].Text()};",
            services["bucket"]["command"][0].Text(), StringComparison.Ordinal);

        Assert.Equal("true", services["egress"]["read_only"].Text());
        Assert.Equal("ALL", services["egress"]["cap_drop"][0].Text());
        Assert.All(services.Pairs().Where(service => service.Key != "egress"), service => Assert.Matches(@":(?!latest).*\d", service.Value["image"].Text()));
    }

    [Fact]
    public void With_TLS_the_proxy_is_that_of_the_page_and_Egress_trusts_it()
    {
        var overlay = Yaml.Read("compose.tls.yaml");
        var caddyfile = overlay["configs"]["caddyfile"]["content"].Text().Replace("{$$DOMAIN}", "downloads.example.com", StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "deploy.md"));
        Assert.Contains($"```\n{caddyfile.Replace("egress:8080", "127.0.0.1:8080", StringComparison.Ordinal).Trim()}\n```", page, StringComparison.Ordinal);

        // compose.tls.yaml extends the service of compose.yaml. The proxy sends the addresses of clients.
        Assert.NotNull(Yaml.Read("compose.yaml")["services"].Find("egress"));
        Assert.Equal("1", overlay["services"]["egress"]["environment"]["TRUSTED_PROXIES"].Text());
        Assert.Equal("https://${DOMAIN:-localhost}", overlay["services"]["egress"]["environment"]["PUBLIC_URL"].Text());
        Assert.Equal("${DOMAIN:-localhost}", overlay["services"]["caddy"]["environment"]["DOMAIN"].Text());
        Assert.Matches(@"^caddy:\d+\.\d+\.\d+", overlay["services"]["caddy"]["image"].Text());
    }

    private static async Task FillAsync(S3Server storage, string script)
    {
        var files = Pipe().Matches(script);
        Assert.Equal(2, files.Count);
        using var client = storage.CreateClient();
        await client.PutBucketAsync(Bucket().Match(script).Groups[1].Value, Token);
        foreach (Match file in files)
        {
            var (text, bucket, key) = (file.Groups[1].Value, file.Groups[2].Value, file.Groups[3].Value);
            await storage.PutAsync(bucket, key, Encoding.UTF8.GetBytes($"{text}\n"), Token);
        }
    }

    [GeneratedRegex("mc mb --ignore-existing store/(\\S+)")]
    private static partial Regex Bucket();

    [GeneratedRegex("echo '([^']+)' \\| mc pipe store/([^/]+)/(\\S+)")]
    private static partial Regex Pipe();
}
