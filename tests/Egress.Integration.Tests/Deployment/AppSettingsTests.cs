using System.Text.Json;
using Egress.Queues;
using Egress.Settings;
using Egress.TestKit;
using Egress.TestKit.Deployment;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>Compares the application settings in the template with the table of settings and with the app.</summary>
public sealed class AppSettingsTests
{
    private const string Reference = "[format('@Microsoft.KeyVault(SecretUri={0}secrets/";

    private const string OwnDatabase = "param deployPostgres = false";

    private const string S3 = OwnDatabase + "\nparam objectStorage = 's3'\nparam s3Endpoint = 'https://account.r2.cloudflarestorage.com'\nparam s3Region = 'auto'";

    /// <summary>The settings that the host, its extensions or Azure's SDKs read.</summary>
    private static readonly string[] HostSettings =
    [
        "AzureWebJobsDisableHomepage", "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "AZURE_CLIENT_ID",
    ];

    /// <summary>Valid values for settings that only Azure knows. <c>DB_URL</c> is not here, because it depends on the kind of authentication.</summary>
    private static readonly Dictionary<string, string> Answers = new()
    {
        ["AzureWebJobsStorage__clientId"] = "6f3f1c1e-0000-4000-8000-000000000001",
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "InstrumentationKey=6f3f1c1e-0000-4000-8000-000000000002",
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "ClientId=6f3f1c1e-0000-4000-8000-000000000001;Authorization=AAD",
        ["AZURE_CLIENT_ID"] = "6f3f1c1e-0000-4000-8000-000000000001",
        ["AZURE_STORAGE_ACCOUNT_URL"] = "https://objects.blob.core.windows.net/",
        ["PUBLIC_URL"] = "https://egress.azurewebsites.net",
        ["password"] = "postgres://egress:a%3Ab%2Fc@psql.postgres.database.azure.com:5432/egress?sslmode=verify-full",
        ["entra"] = "postgres://id-egress-x@psql.postgres.database.azure.com:5432/egress?sslmode=verify-full",
        ["SIGNING_SECRET"] = "signing-secret",
        ["CALLBACK_SIGNING_SECRET"] = "callback-signing-secret-0123456789",
        ["S3_ACCESS_KEY_ID"] = "key",
        ["S3_SECRET_ACCESS_KEY"] = "secret",
    };

    public static TheoryData<string> Variants =>
    [
        "",
        S3,
        OwnDatabase + "\nparam signCallbacks = false\nparam publicUrl = 'https://downloads.example.com'\nparam alwaysReadyInstances = 2",
        "param vnetEnabled = true\nparam deployFrontDoor = true\nparam publicUrl = 'https://downloads.example.com'",
    ];

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task The_app_starts_with_them_and_without_a_warning(string parameters)
    {
        var predicted = await SettingsAsync(parameters);
        var values = predicted.ToDictionary(
            setting => setting.Key,
            setting => setting.Value.StartsWith('[') ? Answers[setting.Key == "DB_URL" ? predicted["DB_AUTH"] : setting.Key] : setting.Value);

        var settings = SettingsReader.Read(SettingSource.FromEnvironment(values), HostProfile.Functions);

        Assert.Empty(settings.Warnings);
        Assert.True(settings.Signing.Enforce);
        Assert.Equal(predicted["DB_AUTH"], settings.Records.Authentication.ToString(), ignoreCase: true);
        Assert.Equal(predicted["STORAGE_TYPE"], settings.Storage.Type.ToString(), ignoreCase: true);
        Assert.Equal($"https://{values["AzureWebJobsStorage__accountName"]}.queue.core.windows.net/", settings.Callbacks.Azure?.ServiceUrl?.AbsoluteUri);
        Assert.Equal(values["AzureWebJobsStorage__clientId"], settings.Callbacks.Azure?.ClientId);
    }

    [Fact]
    public async Task Each_name_is_a_setting_of_Egress_or_of_the_host()
    {
        var settings = await SettingsAsync();
        Assert.All(settings.Keys.Except(HostSettings), name => Assert.True(SettingTable.Names.Contains(name), name));
        Assert.All(HostSettings, name => Assert.True(settings.ContainsKey(name), name));

        // The function timeout and the queue settings come from host.json, which other tests compare with the code.
        Assert.DoesNotContain(settings.Keys, name => name.StartsWith("AzureFunctionsJobHost", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Secrets_are_references_to_Key_Vault(string parameters)
    {
        var settings = await SettingsAsync(parameters);
        var secrets = SettingTable.Groups.SelectMany(group => group.Settings).Where(setting => setting.IsSecret).SelectMany(setting => setting.Names);
        // The app authenticates to a new database with its identity, so the URL contains no password.
        var withoutSecret = settings["DB_AUTH"] == "entra" ? ["DB_URL"] : Array.Empty<string>();
        Assert.All(secrets.Intersect(settings.Keys).Except(withoutSecret), name => Assert.True(
            settings[name] == "" || settings[name].StartsWith(Reference, StringComparison.Ordinal), $"{name}: {settings[name]}"));
        Assert.StartsWith(
            withoutSecret.Length == 0 ? Reference : "[format('postgres://id-{0}@{1}', 'egress-", settings["DB_URL"], StringComparison.Ordinal);
        Assert.StartsWith(Reference, settings["SIGNING_SECRET"], StringComparison.Ordinal);

        // The compiler does not evaluate secure parameters, so their names would remain in the output.
        Assert.All(settings.Values, value => Assert.DoesNotContain("parameters(", value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task References_name_the_secrets_that_the_template_makes()
    {
        var resources = await BicepCompiler.PredictAsync(S3);
        var made = OfType(resources, "Microsoft.KeyVault/vaults/secrets").Select(secret => secret.GetProperty("name").GetString()!.Split('/')[1]);
        var referred = SettingsOf(resources).Values.Where(value => value.StartsWith(Reference, StringComparison.Ordinal))
            .Select(value => value[Reference.Length..].Split(')')[0]);
        Assert.Equal(made.Order(StringComparer.Ordinal), referred.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Queues_and_schedule_are_those_of_the_code()
    {
        var resources = await BicepCompiler.PredictAsync();
        var queues = OfType(resources, "Microsoft.Storage/storageAccounts/queueServices/queues").Select(queue => queue.GetProperty("name").GetString()!.Split('/')[2]);
        Assert.Equal(
            [QueueNames.Callbacks, QueueNames.PoisonCallbacks, QueueNames.Callbacks + QueueNames.KeptSuffix, QueueNames.Exports, QueueNames.PoisonExports], queues);

        var settings = SettingsOf(resources);
        Assert.Equal(QueueNames.Callbacks, settings["CALLBACK_QUEUE"]);
        Assert.Equal(Default("HEALTH_PROBE_SCHEDULE"), settings["HEALTH_PROBE_SCHEDULE"]);
    }

    [Fact]
    public async Task Azd_finds_the_app_by_its_tag()
    {
        var app = Assert.Single(OfType(await BicepCompiler.PredictAsync(), "Microsoft.Web/sites"));
        Assert.Equal("egress", app.GetProperty("tags").GetProperty("azd-service-name").GetString());
        var azd = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "azure.yaml"), TestContext.Current.CancellationToken);
        Assert.Contains("services:\n  egress:\n    project: src/Egress.Functions\n", azd, StringComparison.Ordinal);
        Assert.Contains("path: infra/bicep\n  module: main\n", azd, StringComparison.Ordinal);
        Assert.All(await BicepCompiler.PredictAsync(), resource => Assert.True(
            !resource.TryGetProperty("location", out _) || resource.GetProperty("tags").GetProperty("azd-env-name").GetString() == "test",
            resource.GetProperty("id").GetString()));
    }

    private static async Task<Dictionary<string, string>> SettingsAsync(string parameters = "") => SettingsOf(await BicepCompiler.PredictAsync(parameters));

    private static string Default(string name) =>
        SettingTable.Groups.SelectMany(group => group.Settings).Single(setting => setting.Name == name).DefaultText;

    private static IEnumerable<JsonElement> OfType(IEnumerable<JsonElement> resources, string type) =>
        resources.Where(resource => resource.GetProperty("type").GetString() == type);

    private static Dictionary<string, string> SettingsOf(IEnumerable<JsonElement> resources) =>
        Assert.Single(OfType(resources, "Microsoft.Web/sites/config")).GetProperty("properties").EnumerateObject()
            .ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
}
