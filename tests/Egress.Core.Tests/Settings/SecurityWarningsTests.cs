using Egress.Settings;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Tests of the warnings about insecure settings that are logged at the start.</summary>
public sealed class SecurityWarningsTests
{
    private const string LongSecret = "0123456789abcdef";

    private static readonly (string, string)[] Credentials = [("METRICS_USERNAME", "prometheus"), ("METRICS_PASSWORD", "secret")];

    public static TheoryData<string[], (string, string)[]> Cases => new()
    {
        { [], [TestSettings.Database, ("SIGNING_SECRET", LongSecret), ("ENFORCE_SIGNING", "true"), .. Credentials] },
        { [], [.. Credentials] },
        { ["/metrics is open"], [] },
        { ["ENFORCE_SIGNING is not true and SIGNING_SECRET is not set"], [TestSettings.Database, .. Credentials] },
        { ["ENFORCE_SIGNING is false"], [("ENFORCE_SIGNING", "false"), .. Credentials] },
        { ["SIGNING_SECRET has fewer than 16 characters"], [("SIGNING_SECRET", LongSecret[1..]), .. Credentials] },
        { ["SIGNING_SECRET has fewer than 16 characters"], [("SIGNING_SECRET", $"{LongSecret}, short"), .. Credentials] },
        { ["ENFORCE_SIGNING is not true", "/metrics is open"], [TestSettings.Database] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_insecure_setting_has_a_warning_line(string[] beginnings, (string, string)[] environment)
    {
        var warnings = TestSettings.Read(environment).SecurityWarnings;

        Assert.Equal(beginnings.Length, warnings.Count);
        Assert.All(beginnings.Zip(warnings), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_that_is_not_enforced_causes_one_warning()
    {
        var settings = TestSettings.Read([TestSettings.Database, ("SIGNING_SECRET", LongSecret), .. Credentials]);

        Assert.StartsWith("SIGNING_SECRET is set, but ENFORCE_SIGNING is not", Assert.Single(settings.Warnings.Concat(settings.SecurityWarnings)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void The_embedded_default_enforces_signatures(string? setting, bool expected)
    {
        foreach (var secret in new[] { "", LongSecret })
        {
            Assert.Equal(expected, TestSettings.Read(("ENFORCE_SIGNING", setting ?? ""), ("SIGNING_SECRET", secret)).Signing.Enforce);
        }

        Assert.False(TestSettings.Read(TestSettings.Database).Signing.Enforce);
    }

    [Fact]
    public void The_Functions_app_serves_no_metrics_by_default() =>
        Assert.DoesNotContain(
            TestSettings.Read(HostProfile.Functions, TestSettings.Database).SecurityWarnings, warning => warning.Contains("/metrics", StringComparison.Ordinal));
}
