using CsCheck;
using Egress.Settings;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Tests with settings of arbitrary values.</summary>
public sealed class SettingsFuzzTests
{
    private const string Secret = "pa55word";

    private static readonly Setting[] Settings = [.. SettingTable.Groups.SelectMany(static group => group.Settings)];

    private static readonly string[] Pieces =
    [
        "0", "1", "-1", "00", "1e9", "0x10", "3.5", "65536", "2147483648", "9223372036854775808", "99999999999999999999999", "true", "FALSE", "yes", "on", "s", "ms", "m", "h", "d", "w", "KiB", "MB",
        "5s", "1h30m", "-1h", "24h", "10675200d", "1ns", ",", ";", "=", ":", "/", "\\", "?", "&", "#", "%", "%zz", "@", "..", "*", "{", "}", "[", "]", "\"", "'", "`", "<", ">", " ", "\t", "\n", "\0", "\ud800",
        "é", "😀", "::1", "10.0.0.0/8", "0.0.0.0/33", "localhost", "http://", "https://", "example.com", "/data", "file:", "sqlite:", "postgres://", "redis://", "mysql://", "UseDevelopmentStorage=true",
        "AccountName=a;", "AccountKey=", "s3", "azure", "local", "auto", "json", "text", "debug", "none", "*/5 * * * *", "0 0 31 2 *", "@daily", "name:key", "name=key", ".pdf", "jpg", "#fff", "#ffffff", "private",
        "max-age=", "s-maxage=99999999999", "image/png", "zip", "us-east-1", Secret,
    ];

    private static readonly Gen<string> Value = Gen.Frequency((9, Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i])), (1, Gen.Char.Select(c => c.ToString()))).List[0, 5].Select(string.Concat);

    private static readonly Gen<(string Name, string Value)> Pair = Gen.Select(
        Gen.Int[0, Settings.Length - 1], Gen.Bool, Value, (i, usesAlias, value) => (usesAlias ? Settings[i].Names.Last() : Settings[i].Name, value));

    [Fact]
    public void Any_value_is_read_or_refused_with_the_name_of_a_setting_and_without_secrets() => Gen.Select(Pair.List[1, 4], Gen.Bool).Check(
        (pairs, isServer) =>
        {
            (string, string)[] environment = [.. pairs.DistinctBy(static pair => pair.Name)];
            try
            {
                TestSettings.Read(isServer ? HostProfile.Server : HostProfile.Functions, environment);
            }
            catch (SettingsException exception)
            {
                Assert.All(exception.Faults, static fault => Assert.Contains(Settings, setting => setting.Names.Any(name => fault.Contains(name, StringComparison.Ordinal))));
                Assert.All(exception.Faults, static fault => Assert.DoesNotContain(fault, static c => char.IsControl(c)));
                Assert.DoesNotContain(pairs.Where(pair => IsSecret(pair) && !pairs.Exists(other => !IsSecret(other) && other.Value.Contains(pair.Value, StringComparison.Ordinal))), pair => exception.Message.Contains(pair.Value, StringComparison.Ordinal));
            }
        },
        20_000);

    private static bool IsSecret((string Name, string Value) pair) =>
        pair.Value.Contains(Secret, StringComparison.Ordinal) && Settings.First(setting => setting.Names.Contains(pair.Name)).IsSecret;
}
