using Egress.Exports;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Egress.Storage.Local;
using Egress.Storage.S3;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Which storage exports are written to.</summary>
public sealed class ExportStorageSettingsTests
{
    private const string Azure = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=AAAA;EndpointSuffix=core.windows.net";

    private static readonly (string, string) Buckets = ("EXPORT_BUCKETS", "exports");
    private static readonly (string, string) Files = ("STORAGE_PATH", "/srv/files");

    private static StorageOptions? Read(params (string, string)[] settings) => TestSettings.Read([TestSettings.Database, Buckets, .. settings]).Exports.Storage;

    [Fact]
    public void Without_settings_exports_are_written_to_the_storage_of_the_objects()
    {
        Assert.Null(Read(Files));
        Assert.Null(Read(("S3_ENDPOINT", "http://minio:9000"), ("S3_ACCESS_KEY_ID", "a"), ("S3_SECRET_ACCESS_KEY", "b")));
    }

    [Fact]
    public void Settings_of_one_kind_are_enough()
    {
        var s3 = Assert.IsType<S3Options>(Read(Files, ("EXPORT_S3_ENDPOINT", "http://minio:9000"), ("EXPORT_S3_ACCESS_KEY_ID", "a"), ("EXPORT_S3_SECRET_ACCESS_KEY", "b")));
        Assert.Equal((new Uri("http://minio:9000"), true, "a", "b"), (s3.Endpoint, s3.ForcePathStyle, s3.AccessKeyId, s3.SecretAccessKey));
        Assert.Equal(Azure, Assert.IsType<AzureBlobOptions>(Read(Files, ("EXPORT_AZURE_STORAGE_CONNECTION_STRING", Azure))).ConnectionString);
        Assert.Equal("/srv/exports", Assert.IsType<LocalOptions>(Read(Files, ("EXPORT_STORAGE_PATH", "/srv/exports"))).Root);
        Assert.Equal("us-east-1", Assert.IsType<S3Options>(Read(Files, ("EXPORT_STORAGE_TYPE", "s3"))).Region);
    }

    [Fact]
    public void The_kind_chooses_among_the_settings_of_several()
    {
        var chosen = Read(Files, ("EXPORT_STORAGE_TYPE", "azure"), ("EXPORT_STORAGE_PATH", "/srv/exports"), ("EXPORT_AZURE_STORAGE_CONNECTION_STRING", Azure));
        Assert.IsType<AzureBlobOptions>(chosen);
    }

    [Theory]
    [InlineData("EXPORT_STORAGE_PATH and EXPORT_S3_REGION are of different storages; allowed: the settings of one, or EXPORT_STORAGE_TYPE to choose", "EXPORT_STORAGE_PATH", "/x", "EXPORT_S3_REGION", "eu")]
    [InlineData("EXPORT_S3_ACCESS_KEY_ID is set, but EXPORT_S3_SECRET_ACCESS_KEY is not; allowed: both, or neither for the SDK's own chain", "EXPORT_S3_ACCESS_KEY_ID", "a", "EXPORT_S3_REGION", "eu")]
    [InlineData("EXPORT_STORAGE_TYPE is azure, but the account is not set; allowed: EXPORT_AZURE_STORAGE_CONNECTION_STRING or EXPORT_AZURE_STORAGE_ACCOUNT_URL", "EXPORT_STORAGE_TYPE", "azure", "EXPORT_S3_REGION", "eu")]
    [InlineData("EXPORT_STORAGE_TYPE is local, but EXPORT_STORAGE_PATH is not set; allowed: the path of a folder", "EXPORT_STORAGE_TYPE", "local", "EXPORT_S3_REGION", "eu")]
    public void Settings_that_do_not_fit_together_are_refused_by_their_names(string fault, string name, string value, string other, string otherValue) =>
        Assert.Equal([fault], TestSettings.Faults(TestSettings.Database, Buckets, Files, (name, value), (other, otherValue)));

    [Fact]
    public void A_storage_without_exports_is_a_warning()
    {
        var warning = Assert.Single(TestSettings.Read(TestSettings.Database, Files, ("EXPORT_S3_ENDPOINT", "http://minio:9000")).Warnings);
        Assert.Equal("EXPORT_S3_ENDPOINT has no effect, because EXPORT_BUCKETS is not set: there are no exports", warning);
    }

    [Fact]
    public void A_folder_with_the_files_of_Egress_is_refused() => Assert.Contains(
        "EXPORT_STORAGE_PATH is /srv, which contains DATA_DIR (/srv/data): an export could replace it; allowed: a folder that does not contain DATA_DIR",
        TestSettings.Faults(TestSettings.Database, Buckets, ("STORAGE_PATH", "/mnt/files"), ("EXPORT_STORAGE_PATH", "/srv"), ("DATA_DIR", "/srv/data")));

    [Fact]
    public void A_storage_of_exports_does_not_mean_that_the_database_was_forgotten() =>
        Assert.True(TestSettings.Read(Buckets, ("EXPORT_S3_ENDPOINT", "http://minio:9000")).Embedded.Records);

    [Fact]
    public async Task Two_storages_of_one_kind_have_their_own_clients_and_nothing_is_copied_between_them()
    {
        var settings = TestSettings.Read(TestSettings.Database, Buckets, ("S3_ENDPOINT", "http://a:9000"), ("EXPORT_S3_ENDPOINT", "http://b:9000"), ("EXPORT_S3_ACCESS_KEY_ID", "key"), ("EXPORT_S3_SECRET_ACCESS_KEY", "secret"));
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        var target = services.GetRequiredService<ExportTarget>();
        Assert.False(target.IsSource);
        Assert.NotSame(services.GetRequiredService<IObjectStorage>(), target.Storage);
        var uploads = services.GetRequiredService<IObjectUploads>();
        Assert.Equal(0, uploads.Limits.LargestCopy);
        var link = await uploads.LinkAsync(new ObjectLocation("exports", "a.zip"), "a.zip", TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        Assert.Equal("b", link!.Host);
    }
}
