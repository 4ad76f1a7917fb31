using CsCheck;
using Egress.Records;
using Xunit;

namespace Egress.Core.Tests.Records;

/// <summary>Tests with connection URLs of arbitrary content.</summary>
public sealed class ConnectionUrlFuzzTests
{
    private const string Secret = "s3cret";

    private static readonly string[] Schemes = ["postgres://", "postgresql://", "mysql://", "mariadb://", "redis://", "rediss://", "sqlite:", "sqlite:///", "", "http://"];

    private static readonly string[] Pieces =
    [
        "user", $":{Secret}", "@", "host", ":5432", ":0", ":99999", "/", "db", "/0", "?", "&", "=", "#", "%", "%40", "%zz", "%FF", "[::1]", "[", "]", ",", ";", "'", "\"", " ", "\0", "\n", "é", "😀",
        "sslmode=", "require", "sslrootcert=", "system", "options=", "-c a=b", "target_session_attrs=", "primary", "timezone=", "search_path=", "passfile=", "port=", "host=",
        "tls=", "true", "ssl-mode=", "ssl-ca=", "db=", "protocol=3", "skip_verify=1", "mode=", "ro", "pool_max_conn_lifetime=", "1h", "connect_timeout=", "10", "channel_binding=", "parseTime=true",
    ];

    private static readonly Gen<string> Url = Gen.Select(
        Gen.Int[0, Schemes.Length - 1].Select(i => Schemes[i]),
        Gen.Frequency((9, Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i])), (1, Gen.Char.Select(c => c.ToString()))).List[0, 16],
        (scheme, pieces) => scheme + string.Concat(pieces));

    [Theory]
    [InlineData("redis://]")]
    [InlineData("redis://[")]
    [InlineData("postgres://[::1/db")]
    [InlineData("mysql://a[b]/db")]
    public void A_bracket_encloses_an_address(string text)
    {
        Assert.False(RecordStoreUrl.TryParse(text, out _, out var error));
        Assert.Contains("bracket", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis://:6380", "redis://localhost:6380/")]
    [InlineData("redis://a,:6380", "redis://a,localhost:6380/")]
    public void An_empty_host_is_this_machine(string text, string expected) => Assert.Equal(expected, RecordStoreUrl.Parse(text).ToString());

    [Fact]
    public void A_url_is_accepted_or_refused_without_revealing_the_password() => Url.Check(
        text =>
        {
            if (RecordStoreUrl.TryParse(text, out var url, out var error))
            {
                Assert.True(!IsPassword(text) || !url.ToString().Contains(Secret, StringComparison.Ordinal), text);
            }
            else
            {
                Assert.NotEmpty(error);
                if (IsPassword(text))
                {
                    Assert.DoesNotContain(Secret, error, StringComparison.Ordinal);
                }
            }
        },
        10_000);

    /// <summary>Whether the secret can be the password: it is before an @, occurs once, and the URL names a server.</summary>
    private static bool IsPassword(string text) =>
        text.Split(Secret) is [_, var after] && after.Contains('@') && !text.StartsWith("sqlite", StringComparison.Ordinal);
}
