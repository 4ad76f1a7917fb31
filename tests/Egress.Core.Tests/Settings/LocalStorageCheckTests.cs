using Egress.Settings;
using Egress.Storage.Local;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Tests that no record can address the secrets of Egress itself.</summary>
public sealed class LocalStorageCheckTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("egress-root-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("/srv", "/srv/data", "contains DATA_DIR")]
    [InlineData("/srv/data", "/srv/data", "contains DATA_DIR")]
    [InlineData("/srv/data/", "/srv/./data", "contains DATA_DIR")]
    [InlineData("/", "/srv/data", "contains DATA_DIR")]
    [InlineData("/srv/data/callbacks", "/srv/data", "is inside DATA_DIR")]
    [InlineData("/srv/data/other", "/srv/data", "is inside DATA_DIR")]
    [InlineData("/srv/data/files", "/srv/data", null)]
    [InlineData("/srv/data/files/deep", "/srv/data", null)]
    [InlineData("/srv/data-files", "/srv/data", null)]
    [InlineData("/srv/files", "/srv/data", null)]
    public void The_root_and_the_data_folder_are_apart(string root, string data, string? fault) =>
        AssertFault(fault, ("STORAGE_PATH", root), ("DATA_DIR", data), ("DB_URL", "postgres://app:pa55word@db/app"));

    [Theory]
    [InlineData("sqlite:///srv/app.db", "contains the file of DB_URL")]
    [InlineData("sqlite:///srv2/app.db", null)]
    public void A_database_file_is_outside(string url, string? fault) =>
        AssertFault(fault, ("STORAGE_PATH", "/srv"), ("DATA_DIR", "/data"), ("DB_URL", url));

    [Fact]
    public void A_key_is_outside() => AssertFault(
        "contains TLS_KEY_FILE", ("STORAGE_PATH", "/srv"), ("DATA_DIR", "/data"), TestSettings.Database,
        ("ENABLE_HTTPS", "true"), ("TLS_CERT_FILE", "/srv/tls.crt"), ("TLS_KEY_FILE", "/srv/tls.key"));

    [Fact]
    public void A_configuration_file_is_outside()
    {
        var file = Path.Combine(_folder.FullName, "egress.env");
        File.WriteAllText(file, $"STORAGE_PATH={_folder.FullName}\nDATA_DIR=/data\nDB_URL=postgres://app:pa55word@db/app\n");
        var source = SettingSource.Load(new Dictionary<string, string>(), file);

        var fault = Assert.Single(Assert.Throws<SettingsException>(() => SettingsReader.Read(source, HostProfile.Server)).Faults);

        Assert.Contains("contains the configuration file", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_followed()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder.FullName, "data")).FullName;
        var link = Path.Combine(_folder.FullName, "link");
        File.CreateSymbolicLink(link, data);

        AssertFault("contains DATA_DIR", ("STORAGE_PATH", link), ("DATA_DIR", data), TestSettings.Database);
        AssertFault("contains DATA_DIR", ("STORAGE_PATH", data), ("DATA_DIR", Path.Combine(link, "deeper")), TestSettings.Database);
    }

    [Fact]
    public void Without_a_data_folder_only_the_database_counts()
    {
        (string, string)[] app = [("STORAGE_PATH", Path.GetFullPath(".")), TestSettings.Database, ("HEALTH_PROBE_SCHEDULE", "0 * * * * *")];

        Assert.Equal(Path.GetFullPath("."), Assert.IsType<LocalOptions>(TestSettings.Read(HostProfile.Functions, app).Storage).Root);
    }

    private static void AssertFault(string? expected, params (string, string)[] environment)
    {
        if (expected is null)
        {
            Assert.NotNull(TestSettings.Read(environment));
            return;
        }

        Assert.Contains(expected, Assert.Single(TestSettings.Faults(environment)), StringComparison.Ordinal);
    }
}
