using Egress.Backends;
using Egress.Downloads;
using Egress.Hosting;
using Egress.Http.Requests;
using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Egress.Storage.Resilience;
using Xunit;

namespace Egress.Core.Tests.Settings;

public sealed class SettingsReaderTests
{
    private const string Secret = "hunter2-hunter2";

    [Fact]
    public void Without_settings_the_options_have_their_own_defaults()
    {
        var settings = TestSettings.Read(HostProfile.Server with { MemoryLimit = 1L << 30 });

        Assert.Equal(new ResilienceOptions(), settings.Resilience);
        Assert.Equal(new CircuitBreakerOptions(), settings.CircuitBreaker);
        Assert.Equal(new SigningOptions { Enforce = true }, settings.Signing); // because of the embedded database
        Assert.Equal(new ClientLimitOptions(), settings.ClientLimits);
        Assert.Equal(new ServerOptions(), settings.Server);
        Assert.Equal(new RecordStoreOptions { Url = settings.Records.Url }, settings.Records);
        Assert.Empty(settings.Downloads.AllowedExtensions);
        Assert.Empty(settings.Downloads.BlockedExtensions);
        var sets = new DownloadOptions();
        Assert.Equal(sets with { TotalBufferMemory = 1L << 28 }, settings.Downloads with
        {
            AllowedExtensions = sets.AllowedExtensions,
            BlockedExtensions = sets.BlockedExtensions,
        });
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void Three_faulty_settings_give_one_message_that_names_all()
    {
        var fault = Assert.Throws<SettingsException>(() => TestSettings.Read(
            ("PORT", "eighty"), ("STORAGE_FETCH_TIMEOUT", "60"), ("COMPRESSION_LEVEL", "10")));

        Assert.Equal(3, fault.Faults.Count);
        Assert.Contains("PORT is \"eighty\" (environment); allowed: a whole number from 0 to 65535", fault.Message);
        Assert.Contains("STORAGE_FETCH_TIMEOUT is \"60\" (environment); allowed: a duration such as 500ms", fault.Message);
        Assert.Contains("COMPRESSION_LEVEL is \"10\" (environment); allowed: a whole number from -1 to 9", fault.Message);
    }

    [Theory]
    [InlineData("AZURE_STORAGE_ACCOUNT_URL")]
    [InlineData("CALLBACK_QUEUE_CONNECTION__queueServiceUri")]
    public void An_account_is_reached_by_identity_over_TLS_only(string name) =>
        Assert.StartsWith(
            $"{name} is \"http://127.0.0.1:10000/account\" (environment); allowed: an https:// URL",
            Assert.Single(TestSettings.Faults(TestSettings.Database, (name, "http://127.0.0.1:10000/account"))));

    [Fact]
    public void A_faulty_setting_has_the_name_that_was_typed() =>
        Assert.StartsWith(
            "S3_USE_PATH_STYLE is \"perhaps\"",
            Assert.Single(TestSettings.Faults(TestSettings.Database, ("S3_USE_PATH_STYLE", "perhaps"))));

    [Theory]
    [InlineData("SIGNING_SECRET")]
    [InlineData("CALLBACK_SIGNING_SECRET")]
    [InlineData("DB_URL")]
    [InlineData("PUBLIC_URL")]
    public void An_unresolved_reference_to_Key_Vault_is_not_a_value(string name) =>
        Assert.Equal(
            $"{name} is a reference to Key Vault that was not resolved (environment); "
                + "the secret has to be there, and the identity of the app has to be allowed to read it",
            Assert.Single(TestSettings.Faults(
                HostProfile.Functions,
                (name, "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/x)"),
                TestSettings.Database,
                ("STORAGE_PATH", "/mnt/files"))));

    public static TheoryData<string, string> FaultySecrets => new()
    {
        { "DB_URL", $"oracle://scott:{Secret}@db/app" },
        { "DB_URL", $"Server=db;Password={Secret}" },
        { "AZURE_STORAGE_CONNECTION_STRING", $"AccountKey={Secret}" },
        { "AZURE_STORAGE_ACCOUNT_URL", $"https://a.blob.core.windows.net?sv=1&sig={Secret}" },
        { "S3_ENDPOINT", $"https://key:{Secret}@minio:9000" },
        { "PUBLIC_URL", $"https://key:{Secret}@example.com" },
        { "STORAGE_TYPE", $"https://a.blob.core.windows.net?sig={Secret}" },
        { "SIGNING_SECRET", " , , " },
        { "S3_SECRET_ACCESS_KEY", Secret }, // its key id is missing
    };

    [Theory]
    [MemberData(nameof(FaultySecrets))]
    public void A_fault_never_shows_a_secret(string name, string value)
    {
        var fault = Assert.Throws<SettingsException>(() => TestSettings.Read((name, value)));

        Assert.Contains(name, fault.ToString());
        Assert.DoesNotContain(Secret, fault.ToString());
        Assert.DoesNotContain("\"" + value, fault.ToString());
    }

    [Fact]
    public void Nothing_that_can_be_printed_holds_a_secret()
    {
        var settings = TestSettings.Read(
            ("DB_URL", $"postgres://app:{Secret}@db/app"), ("SIGNING_SECRET", Secret), ("ENFORCE_SIGNING", "true"),
            ("S3_ACCESS_KEY_ID", Secret), ("S3_SECRET_ACCESS_KEY", Secret),
            ("AZURE_STORAGE_CONNECTION_STRING", $"AccountName=a;AccountKey={Secret}"));

        Assert.Equal(Secret, settings.Signing.Secret);
        Assert.DoesNotContain(Secret, settings.ToString());
        Assert.DoesNotContain(Secret, string.Concat(settings.InForce));
        Assert.DoesNotContain(Secret, string.Concat(settings.Warnings));
        Assert.Equal(5, settings.InForce.Count(setting => setting.Value == "********"));
    }

    [Fact]
    public void Effective_settings_have_value_and_origin()
    {
        var inForce = TestSettings.Read(("PORT", "9000"), ("SIGNING_SECRET", Secret)).InForce.ToDictionary(setting => setting.Name);

        Assert.Equal(new EffectiveSetting("PORT", "9000", "environment"), inForce["PORT"]);
        Assert.Equal(new EffectiveSetting("SIGNING_SECRET", "********", "environment"), inForce["SIGNING_SECRET"]);
        Assert.Equal(new EffectiveSetting("REQUEST_TIMEOUT", "5m", "default"), inForce["REQUEST_TIMEOUT"]);
        Assert.Equal(new EffectiveSetting("STORAGE_TYPE", "local", "default"), inForce["STORAGE_TYPE"]);
        Assert.Equal(new EffectiveSetting("S3_ENDPOINT", "", "default"), inForce["S3_ENDPOINT"]);
    }

    [Fact]
    public void The_server_reads_every_setting_exactly_once() =>
        Assert.Equal(
            SettingTable.Groups.SelectMany(group => group.Settings).Select(setting => setting.Name).Order(),
            TestSettings.Read().InForce.Select(setting => setting.Name).Order());

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void An_empty_setting_is_not_set(string empty)
    {
        var settings = TestSettings.Read(
            ("PORT", empty), ("DB_URL", empty), ("S3_ENDPOINT", empty), ("SIGNING_SECRET", empty), ("LETSENCRYPT_EMAIL", empty));

        Assert.Equal(8080, settings.Server.Port);
        Assert.True(settings.Embedded.Records);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void The_Functions_app_limits_times_that_its_host_limits()
    {
        var probe = ("HEALTH_PROBE_SCHEDULE", "0 * * * * *");
        var byDefault = TestSettings.Read(HostProfile.Functions, TestSettings.Database, probe);
        var set = TestSettings.Read(HostProfile.Functions, TestSettings.Database, probe, ("REQUEST_TIMEOUT", "0"));
        var shorter = TestSettings.Read(HostProfile.Functions, TestSettings.Database, probe, ("REQUEST_TIMEOUT", "30s"));

        Assert.Equal(TimeSpan.FromSeconds(200), byDefault.Downloads.RequestTimeout);
        Assert.Equal(TimeSpan.FromSeconds(200), byDefault.Resilience.OperationTimeout);
        Assert.Equal(1, byDefault.ClientLimits.TrustedProxies);
        Assert.Empty(byDefault.Warnings);
        Assert.Contains(new EffectiveSetting("REQUEST_TIMEOUT", "3m20s", "cap of the host"), byDefault.InForce);
        Assert.Equal(TimeSpan.FromSeconds(200), set.Downloads.RequestTimeout);
        Assert.StartsWith("REQUEST_TIMEOUT is 0", Assert.Single(set.Warnings));
        Assert.Equal(TimeSpan.FromSeconds(30), shorter.Downloads.RequestTimeout);
        Assert.Empty(shorter.Warnings);
    }

    [Fact]
    public void The_Functions_app_reports_that_its_host_has_no_schedule_for_the_health_check()
    {
        var settings = TestSettings.Read(HostProfile.Functions, TestSettings.Database);

        Assert.StartsWith("HEALTH_PROBE_SCHEDULE is not set", Assert.Single(settings.Warnings), StringComparison.Ordinal);
        Assert.Equal("*/30 * * * * *", settings.Health.Schedule);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("2h", 1)]
    [InlineData("30m", 0.5)]
    public void A_host_may_cap_whole_downloads(string text, double hours)
    {
        var host = HostProfile.Functions with { LongestDownload = TimeSpan.FromHours(1) };
        var settings = TestSettings.Read(host, TestSettings.Database, ("MAX_DOWNLOAD_DURATION", text));

        Assert.Equal(TimeSpan.FromHours(hours), settings.Downloads.MaxDuration);
    }

    [Fact]
    public void The_Functions_app_ignores_the_settings_of_the_plain_server()
    {
        var settings = TestSettings.Read(
            HostProfile.Functions, TestSettings.Database, ("PORT", "\\\\.\\pipe\\iis"), ("ENABLE_HTTPS", "true"));

        Assert.Equal(new ServerOptions(), settings.Server);
        Assert.DoesNotContain(settings.InForce, setting => setting.Name == "PORT");
    }

    [Fact]
    public void Buffers_are_a_share_of_the_memory_or_a_size()
    {
        var host = HostProfile.Server with { MemoryLimit = 1L << 30 };

        Assert.Equal(1L << 28, TestSettings.Read(host).Downloads.TotalBufferMemory);
        Assert.Equal(1L << 29, TestSettings.Read(host, ("TOTAL_BUFFER_MEMORY", "50%")).Downloads.TotalBufferMemory);
        Assert.Equal(100L << 20, TestSettings.Read(host, ("TOTAL_BUFFER_MEMORY", "100M")).Downloads.TotalBufferMemory);
        Assert.Equal(0, TestSettings.Read(host, ("TOTAL_BUFFER_MEMORY", "0")).Downloads.TotalBufferMemory);
        Assert.Equal(
            ["DOWNLOAD_MEMORY comes to 1K, less than one STREAM_BUFFER_SIZE; allowed: 0, or at least 128K"],
            TestSettings.Faults(host, ("DOWNLOAD_MEMORY", "1K")));
    }
}
