using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Settings;

public sealed class S3SettingsTests
{
    [Fact]
    public void An_unusable_authorities_file_is_a_fault_that_names_the_setting()
    {
        var path = Path.Join(Path.GetTempPath(), "egress-no-such-ca.pem");
        var fault = Assert.Single(TestSettings.Faults(TestSettings.Database, ("S3_CA_FILE", path)));
        Assert.Contains("S3_CA_FILE", fault, StringComparison.Ordinal);
        Assert.Contains(path, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_setting_the_authorities_are_those_of_the_system() =>
        Assert.Null(Assert.IsType<S3Options>(TestSettings.Read(TestSettings.Database).Storage).CertificateAuthorities);
}
