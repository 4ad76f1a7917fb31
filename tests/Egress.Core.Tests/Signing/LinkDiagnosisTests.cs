using System.Security.Cryptography;
using System.Text;
using Egress.Signing;
using Xunit;

namespace Egress.Core.Tests.Signing;

public sealed class LinkDiagnosisTests
{
    private const string Secret = "00112233445566778899aabbccddeeff";
    private const string Id = "a b/c";
    private const string Expiry = "1764460487";

    private static readonly LinkSigner Signer = new(new SigningOptions { Secret = $"{Secret},older-secret" });

    /// <summary>A table of cases: the text that was signed by mistake, and the words in the diagnosis that name the mistake.</summary>
    public static TheoryData<string, string> Payloads => new()
    {
        { $"{Id}.{Expiry}", "\".\" instead of \"|\"" },
        { $"{Id}:{Expiry}", "\":\" instead of \"|\"" },
        { $"{Id}{Expiry}", "\"\" instead of \"|\"" },
        { $"{Expiry}|{Id}", "the expiry was signed before the id" },
        { Id, "without the expiry" },
        { $"{Id}|{Expiry}\n", "ends with a line break" },
        { $"a%20b%2Fc|{Expiry}", "percent-encoded id" },
        { $"/download/a%20b%2Fc|{Expiry}", "the path was signed instead of the id" },
        { $"/a%20b%2Fc|{Expiry}", "the path was signed instead of the id" },
        { "/download/a%20b%2Fc", "the path was signed instead of the id and the expiry" },
        { $"/download/a%20b%2Fc?expiry={Expiry}", "the path and the query were signed" },
        { $"other|{Expiry}", "another secret, or for another id or expiry" },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_wrong_payload_is_named(string payload, string words)
    {
        Assert.Contains(words, Explain(Hex(Secret, payload)), StringComparison.Ordinal);
        Assert.Contains(words, Explain(Hex("older-secret", payload).ToUpperInvariant()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another-secret", "another secret, or for another id or expiry")]
    [InlineData(Secret + "\n", "the secret that was used ends with a line break")]
    public void A_wrong_key_is_named(string secret, string words) => Assert.Contains(words, Explain(Hex(secret, $"{Id}|{Expiry}")), StringComparison.Ordinal);

    [Fact]
    public void A_key_that_was_decoded_is_named()
    {
        var signature = HMACSHA256.HashData(Convert.FromHexString(Secret), Encoding.UTF8.GetBytes($"{Id}|{Expiry}"));
        Assert.Contains("decoded from hexadecimal", Explain(Convert.ToHexStringLower(signature)), StringComparison.Ordinal);
    }

    [Fact]
    public void Base64_is_named_in_every_spelling()
    {
        // Searches for a signature whose base64 contains both characters that differ between the two alphabets.
        var (expiry, signature) = Enumerable.Range(0, 10_000).Select(static n => $"{1764460487 + n}")
            .Select(static expiry => (expiry, Text: Convert.ToBase64String(Convert.FromHexString(Hex(Secret, $"{Id}|{expiry}")))))
            .First(static link => link.Text.Contains('+') && link.Text.Contains('/'));
        foreach (var spelling in new[] { signature, signature.Replace('+', '-').Replace('/', '_').TrimEnd('='), signature.Replace('+', ' ') })
        {
            Assert.Equal("the signature is base64 instead of hexadecimal", Signer.Explain(Id, expiry, spelling));
        }
    }

    [Fact]
    public void Both_of_two_mistakes_are_named()
    {
        var signature = Convert.ToBase64String(Convert.FromHexString(Hex(Secret, $"{Id}.{Expiry}")));
        Assert.StartsWith("the signature is base64 instead of hexadecimal; the payload", Explain(signature), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00", 2)]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709", 40)]
    [InlineData("not a signature", 15)]
    public void A_wrong_length_is_named(string signature, int length) =>
        Assert.Equal($"the signature has {length} characters; HMAC-SHA256 in hexadecimal has 64", Explain(signature));

    [Fact]
    public void A_missing_secret_is_named_as_the_reason() =>
        Assert.Contains("no SIGNING_SECRET is set", new LinkSigner(new SigningOptions()).Explain(Id, Expiry, "00"), StringComparison.Ordinal);

    private static string Explain(string signature) => Signer.Explain(Id, Expiry, signature);

    private static string Hex(string secret, string payload) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(payload)));
}
