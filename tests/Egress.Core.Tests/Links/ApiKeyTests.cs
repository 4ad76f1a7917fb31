using Egress.Core.Tests.Settings;
using Egress.Links.Keys;
using Xunit;

namespace Egress.Core.Tests.Links;

/// <summary>Tests of API keys: their format, the matching of secrets, and the objects that a bound key may use.</summary>
public sealed class ApiKeyTests
{
    private const string Secret = "0123456789abcdef";
    private const string Other = "fedcba9876543210";

    [Fact]
    public void Without_a_key_there_is_no_API() => Assert.True(new ApiKeyRing(TestSettings.Read().Links).IsEmpty);

    [Fact]
    public void Each_secret_finds_its_key_and_no_other_text_finds_one()
    {
        var ring = Ring($"shop:{Secret};shop:{Other}:photos/2024/,public", "third-secret-of-16");
        Assert.Equal(("shop", false), Described(ring, Secret));
        Assert.Equal(("shop", true), Described(ring, Other));
        Assert.Equal(("admin", false), Described(ring, "third-secret-of-16"));
        Assert.All(["", Secret[..^1], Secret + " ", Secret.ToUpperInvariant(), "shop", $"shop:{Secret}"], text => Assert.Null(ring.Find(text)));
    }

    [Theory]
    [InlineData("a:0123456789abcdef\nb:fedcba9876543210\r\n", "a b")]
    [InlineData(" a : 0123456789abcdef ; ", "a")]
    [InlineData("a:0123456789abcdef:b", "a")]
    public void Keys_are_separated_by_semicolons_or_line_breaks(string text, string names) =>
        Assert.Equal(names, string.Join(' ', TestSettings.Read(("API_KEYS", text)).Links.Keys));

    [Theory]
    [InlineData("shop", "key 1 of 1 has no secret")]
    [InlineData("shop:short", "has 5 characters")]
    [InlineData("shop:0123456789abcdeä", "not visible ASCII")]
    [InlineData("sh op:0123456789abcdef", "no usable name")]
    [InlineData(":0123456789abcdef", "no usable name")]
    [InlineData("admin:0123456789abcdef", "ADMIN_API_KEY")]
    [InlineData("command-line:0123456789abcdef", "commands of the server")]
    [InlineData("a:0123456789abcdef;b:0123456789abcdef", "key 2 of 2 has the secret of another key")]
    [InlineData("a:0123456789abcdef:", "names no bucket")]
    [InlineData("a:0123456789abcdef: , ", "names no bucket")]
    [InlineData(";", "names no key")]
    public void The_message_about_a_fault_does_not_contain_the_value(string text, string words)
    {
        var fault = Assert.Single(TestSettings.Faults(("API_KEYS", text)));
        Assert.StartsWith("API_KEYS", fault, StringComparison.Ordinal);
        Assert.Contains(words, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_admin_key_or_a_shared_secret_stops_the_start()
    {
        Assert.Contains("has 5 characters", Assert.Single(TestSettings.Faults(("ADMIN_API_KEY", "short"))), StringComparison.Ordinal);
        Assert.Contains("each key needs its own", Assert.Single(TestSettings.Faults(("ADMIN_API_KEY", Secret), ("API_KEYS", $"a:{Secret}"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_settings_nor_keys_print_a_secret()
    {
        var settings = TestSettings.Read(("ADMIN_API_KEY", Other), ("API_KEYS", $"a:{Secret}"));
        var shown = $"{settings} {settings.Links} {string.Join(' ', settings.Links.Keys)} {string.Join(' ', settings.InForce)}";
        Assert.DoesNotContain(Secret, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Other, shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("photos/2024/", "photos", "2024/a.jpg", true)]
    [InlineData("photos/2024/", "photos", "2024/", true)]
    [InlineData("photos/2024/", "photos", "2024", false)]
    [InlineData("photos/2024/", "photos", "2023/a.jpg", false)]
    [InlineData("photos/2024/", "photos", "", false)]
    [InlineData("photos/2024/", "photos", "2024/../2023/a.jpg", false)]
    [InlineData("photos/2024/", "photos", "2024/x\\..\\..\\a.jpg", false)]
    [InlineData("photos/2024/", "photos", "2024/./a.jpg", false)]
    [InlineData("photos/2024/", "photos", "2024/..a.jpg", true)]
    [InlineData("photos/2024/", "photos", "/2024/a.jpg", false)]
    [InlineData("photos/2024/", "Photos", "2024/a.jpg", false)]
    [InlineData("photos/2024/", "", "photos/2024/a.jpg", false)]
    [InlineData("photos/2024/", "photos/2024", "a.jpg", false)]
    [InlineData("photos", "photos", "", true)]
    [InlineData("photos", "photos-private", "a", false)]
    [InlineData("a,b/x/", "b", "x/1", true)]
    [InlineData("a,b/x/", "b", "y/1", false)]
    [InlineData("/shared/", "", "shared/1", true)]
    [InlineData("b/50%25%2C off/", "b", "50%, off/1", true)]
    public void A_bound_key_may_name_what_is_in_its_scopes(string scopes, string bucket, string key, bool expected) =>
        Assert.Equal(expected, Ring($"a:{Secret}:{scopes}").Find(Secret)!.Allows(bucket, key));

    [Fact]
    public void An_unbound_key_may_name_everything() => Assert.True(Ring($"a:{Secret}").Find(Secret)!.Allows("any", "../x"));

    private static (string, bool)? Described(ApiKeyRing ring, string secret) =>
        ring.Find(secret) is { } key ? (key.Name, key.IsBound) : null;

    private static ApiKeyRing Ring(string keys, string? admin = null) => new(
        TestSettings.Read(admin is null ? [("API_KEYS", keys)] : [("API_KEYS", keys), ("ADMIN_API_KEY", admin)]).Links);
}
