using Egress.Hosting;
using Egress.Records;
using Egress.Settings;
using Egress.Storage.Local;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Tests of the rules between settings: which ones require others, and which ones exclude each other.</summary>
public sealed class SettingRulesTests
{
    private static readonly (string, string) AzureKey = ("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true");
    private static readonly (string, string) AzureUrl = ("AZURE_STORAGE_ACCOUNT_URL", "https://a.blob.core.windows.net");
    private static readonly (string, string) LocalPath = ("STORAGE_PATH", "/mnt/files");

    public static TheoryData<string, (string, string)[]> Detections => new()
    {
        { "S3", [] },
        { "S3", [("S3_ENDPOINT", "http://minio:9000")] },
        { "Local", [LocalPath] },
        { "Azure", [AzureKey] },
        { "Azure", [AzureUrl] },
        { "Azure", [LocalPath, AzureUrl, ("STORAGE_TYPE", "azure")] },
        { "S3", [LocalPath, AzureUrl, ("STORAGE_TYPE", "S3")] },
    };

    [Theory]
    [MemberData(nameof(Detections))]
    public void The_storage_type_is_detected_or_set(string expected, (string, string)[] environment)
    {
        var settings = TestSettings.Read([TestSettings.Database, .. environment]);

        Assert.Equal(expected, settings.Storage.Type);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void A_path_takes_precedence_over_Azure_with_a_warning()
    {
        var settings = TestSettings.Read(TestSettings.Database, LocalPath, AzureUrl);

        Assert.Equal("Local", settings.Storage.Type);
        Assert.Equal("/mnt/files", Assert.IsType<LocalOptions>(settings.Storage).Root);
        Assert.StartsWith("STORAGE_PATH makes the storage local", Assert.Single(settings.Warnings));
    }

    public static TheoryData<string, (string, string)[]> Contradictions => new()
    {
        { "AZURE_STORAGE_CONNECTION_STRING and AZURE_STORAGE_ACCOUNT_URL are both set; allowed: one of them", [AzureKey, AzureUrl] },
        {
            "STORAGE_TYPE is azure, but the account is not set; allowed: AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_URL",
            [("STORAGE_TYPE", "azure")]
        },
        { "STORAGE_TYPE is local, but STORAGE_PATH is not set; allowed: the path of a folder", [("STORAGE_TYPE", "local")] },
        {
            "S3_ACCESS_KEY_ID is set, but S3_SECRET_ACCESS_KEY is not; allowed: both, or neither for the SDK's own chain",
            [("S3_ACCESS_KEY_ID", "x")]
        },
        {
            "S3_SECRET_ACCESS_KEY is set, but S3_ACCESS_KEY_ID is not; allowed: both, or neither for the SDK's own chain",
            [("S3_SECRET_ACCESS_KEY", "x")]
        },
        {
            "ENFORCE_SIGNING is true, but SIGNING_SECRET is not set; allowed: a secret, or several separated by commas",
            [("ENFORCE_SIGNING", "true")]
        },
        {
            "LINK_LIFETIME is 0, but REQUIRE_EXPIRY is true: links made here would be refused; allowed: a LINK_LIFETIME above 0",
            [("LINK_LIFETIME", "0"), ("REQUIRE_EXPIRY", "true")]
        },
        { "METRICS_USERNAME is set without METRICS_PASSWORD; allowed: both or neither", [("METRICS_USERNAME", "prometheus")] },
        { "METRICS_PASSWORD is set without METRICS_USERNAME; allowed: both or neither", [("METRICS_PASSWORD", "secret")] },
        {
            "ENABLE_HTTPS is true without TLS_CERT_FILE and TLS_KEY_FILE; allowed: both files, or plain HTTP behind a proxy that "
                + "terminates TLS (Caddy, nginx, Traefik)",
            [("ENABLE_HTTPS", "true")]
        },
        {
            "ENABLE_HTTPS is true without TLS_KEY_FILE; allowed: both files, or plain HTTP behind a proxy that terminates TLS "
                + "(Caddy, nginx, Traefik)",
            [("ENABLE_HTTPS", "true"), ("TLS_CERT_FILE", "tls.crt")]
        },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_contradiction_is_reported_with_the_names_of_the_settings(string expected, (string, string)[] environment) =>
        Assert.Equal([expected], TestSettings.Faults([TestSettings.Database, .. environment]));

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("http://minio:9000", null, true)]
    [InlineData("http://minio:9000", "false", false)]
    [InlineData(null, "true", true)]
    public void Path_style_is_the_default_of_an_endpoint(string? endpoint, string? pathStyle, bool expected)
    {
        foreach (var name in new[] { "S3_FORCE_PATH_STYLE", "S3_USE_PATH_STYLE" })
        {
            var settings = TestSettings.Read(TestSettings.Database, ("S3_ENDPOINT", endpoint ?? ""), (name, pathStyle ?? ""));
            Assert.Equal(expected, Assert.IsType<S3Options>(settings.Storage).ForcePathStyle);
        }
    }

    [Fact]
    public void The_real_name_takes_precedence_over_an_alias()
    {
        var settings = TestSettings.Read(TestSettings.Database, ("S3_FORCE_PATH_STYLE", "true"), ("S3_USE_PATH_STYLE", "false"));

        Assert.True(Assert.IsType<S3Options>(settings.Storage).ForcePathStyle);
    }

    [Fact]
    public void Zero_connections_mean_the_largest_pool() =>
        Assert.Equal(1024, TestSettings.Read(("DB_MAX_CONNECTIONS", "0")).Records.MaxConnections);

    [Theory]
    [InlineData("DB_URL", "postgres://app:pa55word@db/app?sslmod=1", "DB_URL is not usable (environment, value not shown); ", "sslmod")]
    [InlineData("DB_URL", "user:pa55word@tcp(db:3306)/app", "DB_URL is not usable (environment, value not shown); ", "mysql://")]
    [InlineData("TABLE_NAME", "a; drop table b", "TABLE_NAME is \"a; drop table b\" (environment); allowed: letters", "schema")]
    [InlineData("ID_FIELD", "a.b", "ID_FIELD is \"a.b\" (environment); allowed: letters", "digits")]
    public void Table_and_column_names_are_checked_by_the_store(string name, string value, string start, string hint)
    {
        var fault = Assert.Single(TestSettings.Faults((name, value)));

        Assert.StartsWith(start, fault);
        Assert.Contains(hint, fault);
        Assert.DoesNotContain("pa55word", fault);
    }

    [Theory]
    [InlineData("postgres://app:pa55word@db/app?sslmode=require", "has a password")]
    [InlineData("postgres://db/app?sslmode=require", "names no role")]
    [InlineData("postgres://app@db/app", "does not require TLS")]
    [InlineData("postgres://app@db/app?sslmode=prefer", "does not require TLS")]
    [InlineData("mysql://app@db/app", "does not lead to PostgreSQL")]
    [InlineData("sqlite:x.db", "does not lead to PostgreSQL")]
    public void A_token_is_only_sent_to_PostgreSQL_over_TLS(string url, string hint)
    {
        var fault = Assert.Single(TestSettings.Faults(("DB_URL", url), ("DB_AUTH", "entra")));

        Assert.StartsWith("DB_AUTH is entra, but the URL ", fault);
        Assert.Contains(hint, fault);
        Assert.Contains("allowed: postgres://", fault);
        Assert.DoesNotContain("pa55word", fault);
    }

    [Theory]
    [InlineData("require")]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public void Tokens_replace_the_password_of_PostgreSQL(string mode) => Assert.Equal(
        RecordStoreAuthentication.Entra,
        TestSettings.Read(("DB_URL", $"postgres://app@db/app?sslmode={mode}"), ("DB_AUTH", "Entra")).Records.Authentication);

    [Fact]
    public void The_page_of_metrics_is_closed_in_the_Functions_app_without_credentials()
    {
        (string, string)[] app = [TestSettings.Database, ("AzureWebJobsStorage", "UseDevelopmentStorage=true")];
        (string, string)[] credentials = [("METRICS_USERNAME", "prometheus"), ("METRICS_PASSWORD", "secret")];

        Assert.False(TestSettings.Read(HostProfile.Functions, app).Telemetry.HasPage);
        Assert.True(TestSettings.Read(HostProfile.Functions, [.. app, .. credentials]).Telemetry.HasPage);
        Assert.True(TestSettings.Read().Telemetry.HasPage);
    }

    [Fact]
    public void OTLP_is_pushed_to_the_endpoint_of_the_standard_variables()
    {
        var settings = TestSettings.Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"), ("OTEL_SERVICE_NAME", "x")).Telemetry;
        Assert.True(settings.PushesMetrics);
        Assert.Equal("x", settings.OpenTelemetry["OTEL_SERVICE_NAME"]);
        Assert.False(TestSettings.Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4317")).Telemetry.PushesMetrics);
    }

    [Fact]
    public void HTTPS_needs_both_files()
    {
        var settings = TestSettings.Read(("ENABLE_HTTPS", "true"), ("TLS_CERT_FILE", "tls.crt"), ("TLS_KEY_FILE", "tls.key"));

        Assert.Equal(new TlsFiles("tls.crt", "tls.key"), settings.Server.Tls);
    }

    public static TheoryData<string, (string, string)[]> Oddities => new()
    {
        { "LETSENCRYPT_DOMAINS, LETSENCRYPT_EMAIL: Egress fetches no", [("LETSENCRYPT_EMAIL", "a@b.c"), ("LETSENCRYPT_DOMAINS", "b.c")] },
        { "TLS_CERT_FILE and TLS_KEY_FILE are not used, because ENABLE_HTTPS", [("TLS_CERT_FILE", "tls.crt")] },
        { "SIGNING_SECRET is set, but ENFORCE_SIGNING is not", [("SIGNING_SECRET", "x"), ("ENFORCE_SIGNING", "false")] },
        { "MAX_LINK_LIFETIME is set, but REQUIRE_EXPIRY is not", [("MAX_LINK_LIFETIME", "1h")] },
    };

    [Theory]
    [MemberData(nameof(Oddities))]
    public void A_value_that_is_probably_a_mistake_gives_a_warning(string expected, (string, string)[] environment) =>
        Assert.StartsWith(expected, Assert.Single(TestSettings.Read(environment).Warnings));
}
