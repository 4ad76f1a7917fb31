using Egress.Records;
using Egress.Settings;
using Egress.Storage.Local;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Tests what the plain server provides by default, and which settings turn that off.</summary>
public sealed class EmbeddedDefaultsTests
{
    [Fact]
    public void Without_settings_everything_is_embedded()
    {
        var settings = TestSettings.Read(("ENFORCE_SIGNING", "true"), ("DATA_DIR", "here"));

        Assert.True(settings.Embedded is { Records: true, Storage: true, SigningSecret: true });
        Assert.Equal("sqlite:here/egress.db", settings.Records.Url);
        Assert.Equal("Local", settings.Storage.Type);
        Assert.Equal(Path.Combine("here", "files"), Assert.IsType<LocalOptions>(settings.Storage).Root);
        Assert.Null(settings.Signing.Secret);
    }

    [Fact]
    public void Links_must_be_signed_unless_the_operator_says_otherwise_or_brings_a_database()
    {
        Assert.True(TestSettings.Read().Signing.Enforce);
        Assert.True(TestSettings.Read(("SIGNING_SECRET", "0123456789abcdef")).Signing.Enforce);
        Assert.False(TestSettings.Read(("ENFORCE_SIGNING", "false")).Signing.Enforce);
        Assert.False(TestSettings.Read(TestSettings.Database).Signing.Enforce);
    }

    [Theory]
    [InlineData("/var/lib/egress", "/var/lib/egress/egress.db")]
    [InlineData("./data", "./data/egress.db")]
    [InlineData("100% my data?/#1", "100% my data?/#1/egress.db")]
    public void Any_data_folder_gives_a_URL_that_leads_into_it(string folder, string expected) =>
        Assert.Equal(expected, RecordStoreUrl.Parse(TestSettings.Read(("DATA_DIR", folder)).Records.Url).ToString());

    public static TheoryData<bool, bool, (string, string)> Parts => new()
    {
        { true, false, ("STORAGE_PATH", "/mnt/files") },
        { true, false, ("STORAGE_TYPE", "s3") },
        { true, true, ("STORAGE_TYPE", "local") },
        { true, true, ("SIGNING_SECRET", "x") },
        { false, false, TestSettings.Database },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void Each_setting_replaces_its_part(bool records, bool storage, (string Name, string) setting)
    {
        var embedded = TestSettings.Read(setting).Embedded;

        Assert.Equal(records, embedded.Records);
        Assert.Equal(storage, embedded.Storage);
        Assert.Equal(records && setting.Name != "SIGNING_SECRET", embedded.SigningSecret);
    }

    [Theory]
    [InlineData("S3_ENDPOINT", "http://minio:9000")]
    [InlineData("AWS_PROFILE", "files")]
    [InlineData("AWS_DEFAULT_REGION", "eu-central-1")]
    [InlineData("S3_BUCKET", "not even ours")]
    [InlineData("AZURE_STORAGE_ACCOUNT_URL", "https://a.blob.core.windows.net")]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true")]
    public void A_remote_storage_without_a_database_is_a_fault(string name, string value)
    {
        var fault = Assert.Single(TestSettings.Faults((name, value)));

        Assert.StartsWith("DB_URL is not set; allowed: a URL that begins with postgres://", fault);
        Assert.EndsWith($"(the embedded database is not used, because of {name})", fault);
    }

    [Theory]
    [InlineData("AWS_CA_BUNDLE")]
    [InlineData("AWS_PAGER")]
    [InlineData("AWS_SDK_LOAD_CONFIG")]
    [InlineData("AWS_EC2_METADATA_DISABLED")]
    public void Variables_that_only_tune_SDKs_select_no_storage(string name) =>
        Assert.True(TestSettings.Read((name, "x")).Embedded is { Records: true, Storage: true, SigningSecret: true });

    [Fact]
    public void The_Functions_app_embeds_nothing()
    {
        var faults = TestSettings.Faults(HostProfile.Functions, ("ENFORCE_SIGNING", "true"));

        Assert.Equal(2, faults.Count);
        Assert.StartsWith("DB_URL is not set", faults[0]);
        Assert.StartsWith("ENFORCE_SIGNING is true, but SIGNING_SECRET is not set", faults[1]);
    }

    [Fact]
    public void A_secret_beside_a_real_database_is_never_generated() =>
        Assert.StartsWith(
            "ENFORCE_SIGNING is true", Assert.Single(TestSettings.Faults(TestSettings.Database, ("ENFORCE_SIGNING", "true"))));
}
