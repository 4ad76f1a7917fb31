using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Egress.Signing;
using Xunit;

namespace Egress.Core.Tests.Signing;

public sealed class LinkSignerTests
{
    private const string Id = "019ad1fc-a742-709e-81e2-59eff89576a5";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_764_460_000);

    [Fact]
    public void A_link_made_by_Egress_verifies_with_every_id()
    {
        var signer = new LinkSigner(new SigningOptions { Enforce = true, Secret = "abc-123" });

        Gen.String.Sample(id =>
        {
            var signature = signer.Sign(id, "1764460487");
            return signer.Verify(id, "1764460487", signature, Now).Verdict == LinkVerdict.Valid
                && signer.Verify(id + "x", "1764460487", signature, Now).Verdict == LinkVerdict.SignatureWrong;
        });
    }

    [Fact]
    public void Every_changed_digit_of_a_signature_is_detected()
    {
        var signer = new LinkSigner(new SigningOptions { Secret = "abc-123" });
        var signature = signer.Sign(Id, null);

        for (var i = 0; i < signature.Length; i++)
        {
            var changed = new StringBuilder(signature) { [i] = signature[i] == '0' ? '1' : '0' };
            Assert.Equal(LinkVerdict.SignatureWrong, signer.Verify(Id, null, changed.ToString(), Now).Verdict);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void No_signature_is_valid_without_a_secret(string? secret)
    {
        var signer = new LinkSigner(new SigningOptions { Secret = secret });
        var forged = new LinkSigner(new SigningOptions { Secret = "guessed" }).Sign(Id, null);

        Assert.False(signer.CanSign);
        Assert.Equal(LinkVerdict.SignatureWithoutSecret, signer.Verify(Id, null, forged, Now).Verdict);
        Assert.Throws<InvalidOperationException>(() => signer.Sign(Id, null));
    }

    [Theory]
    [InlineData("first, second ,third", "first")]
    [InlineData("first, second ,third", "second")]
    [InlineData("first, second ,third", "third")]
    [InlineData(" first", "first")]
    public void Each_listed_secret_verifies(string secrets, string signedWith)
    {
        var signature = new LinkSigner(new SigningOptions { Secret = signedWith }).Sign(Id, "1764460487");

        Assert.Equal(LinkVerdict.Valid, Verify(secrets, signature));
    }

    [Theory]
    [InlineData("old,secret")]
    [InlineData(" spaced ")]
    [InlineData(",")]
    public void The_setting_as_a_whole_is_a_secret_too(string text)
    {
        Assert.Equal(LinkVerdict.Valid, Verify(text, Hmac(text)));
    }

    [Theory]
    [InlineData("a,,b")]
    [InlineData("a,")]
    [InlineData(", ,a")]
    public void An_empty_item_of_the_list_is_not_a_secret(string secrets)
    {
        Assert.Equal(LinkVerdict.SignatureWrong, Verify(secrets, Hmac("")));
    }

    [Fact]
    public void The_first_secret_signs()
    {
        Assert.Equal(
            new LinkSigner(new SigningOptions { Secret = "new" }).Sign(Id, "1"),
            new LinkSigner(new SigningOptions { Secret = " new , old" }).Sign(Id, "1"));
    }

    [Theory]
    [InlineData("1764460000", LinkVerdict.Valid)]
    [InlineData("1764459999", LinkVerdict.Expired)]
    [InlineData("-1", LinkVerdict.Expired)]
    [InlineData("+1764460000", LinkVerdict.Valid)]
    [InlineData("99999999999", LinkVerdict.Valid)]
    [InlineData("100000000000", LinkVerdict.ExpiryInMilliseconds)]
    [InlineData("1764460487000", LinkVerdict.ExpiryInMilliseconds)]
    [InlineData("9223372036854775807", LinkVerdict.ExpiryInMilliseconds)]
    [InlineData("-9223372036854775808", LinkVerdict.Expired)]
    [InlineData("9223372036854775808", LinkVerdict.ExpiryMalformed)]
    [InlineData("1764460000.0", LinkVerdict.ExpiryMalformed)]
    [InlineData("1e12", LinkVerdict.ExpiryMalformed)]
    [InlineData(" 1764460000", LinkVerdict.ExpiryMalformed)]
    [InlineData("1764460000 ", LinkVerdict.ExpiryMalformed)]
    [InlineData("1764460000\0", LinkVerdict.ExpiryMalformed)]
    [InlineData("0x7fffffff", LinkVerdict.ExpiryMalformed)]
    [InlineData("1_764_460_000", LinkVerdict.ExpiryMalformed)]
    [InlineData("١٧٦٤٤٦٠٤٨٧", LinkVerdict.ExpiryMalformed)]
    public void An_expiry_is_a_whole_number_of_seconds(string expiry, LinkVerdict expected)
    {
        var signer = new LinkSigner(new SigningOptions { Enforce = true, Secret = "abc-123" });

        Assert.Equal(expected, signer.Verify(Id, expiry, signer.Sign(Id, expiry), Now).Verdict);
    }

    [Fact]
    public void A_malformed_expiry_is_reported_only_under_a_valid_signature()
    {
        var signer = new LinkSigner(new SigningOptions { Enforce = true, Secret = "abc-123" });

        Assert.Equal(LinkVerdict.SignatureWrong, signer.Verify(Id, "soon", new string('0', 64), Now).Verdict);
        Assert.Equal(LinkVerdict.SignatureMissing, signer.Verify(Id, "soon", null, Now).Verdict);
    }

    [Fact]
    public void The_last_second_counts_to_its_end()
    {
        var signer = new LinkSigner(new SigningOptions());

        Assert.Equal(LinkVerdict.Valid, signer.Verify(Id, "1764460000", null, Now.AddMilliseconds(999)).Verdict);
        Assert.Equal(new LinkVerification(LinkVerdict.Expired, 1_764_460_000), signer.Verify(Id, "1764460000", null, Now.AddSeconds(1)));
    }

    [Fact]
    public void The_signature_of_a_link_that_expires_makes_no_link_that_does_not()
    {
        var signer = new LinkSigner(new SigningOptions { Enforce = true, Secret = "abc-123" });
        var signature = signer.Sign("a", "1764460487");

        Assert.Equal(signature, signer.Sign("a|1764460487", null));
        Assert.Equal(LinkVerdict.IdAmbiguous, signer.Verify("a|1764460487", null, signature, Now).Verdict);
        Assert.Equal(LinkVerdict.IdAmbiguous, signer.Verify("a|1764460487", "", signature, Now).Verdict);
    }

    [Fact]
    public void A_bar_is_refused_where_links_need_an_expiry()
    {
        var signer = new LinkSigner(new SigningOptions { Secret = "abc-123", RequireExpiry = true });

        Assert.Equal(LinkVerdict.IdAmbiguous, signer.Verify("a|b", "1764460487", signer.Sign("a|b", "1764460487"), Now).Verdict);
        Assert.Equal(LinkVerdict.IdAmbiguous, signer.Verify("a|b", "1764460487", null, Now).Verdict);
        Assert.Equal(LinkVerdict.Valid, new LinkSigner(new SigningOptions()).Verify("a|b", null, null, Now).Verdict);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Empty_parameters_count_as_absent(string? absent)
    {
        var enforcing = new LinkSigner(new SigningOptions { Enforce = true, Secret = "abc-123", RequireExpiry = true });
        var open = new LinkSigner(new SigningOptions());

        Assert.Equal(LinkVerdict.SignatureMissing, enforcing.Verify(Id, absent, absent, Now).Verdict);
        Assert.Equal(LinkVerdict.ExpiryMissing, enforcing.Verify(Id, absent, enforcing.Sign(Id, null), Now).Verdict);
        Assert.Equal(new LinkVerification(LinkVerdict.Valid, null), open.Verify(Id, absent, absent, Now));
    }

    [Theory]
    [InlineData("1764463600", LinkVerdict.Valid)]
    [InlineData("1764463601", LinkVerdict.ExpiryTooFar)]
    [InlineData("9223372036854775807", LinkVerdict.ExpiryTooFar)]
    [InlineData("1764459999", LinkVerdict.Expired)]
    public void An_expiry_can_be_too_far_away(string expiry, LinkVerdict expected)
    {
        var signer = new LinkSigner(new SigningOptions { MaxLinkLifetime = TimeSpan.FromHours(1) });

        Assert.Equal(expected, signer.Verify(Id, expiry, null, Now).Verdict);
    }

    [Theory]
    [InlineData(24, 0, 24)]
    [InlineData(24, 1, 1)]
    [InlineData(1, 24, 1)]
    [InlineData(0, 2, 2)]
    [InlineData(0, 0, null)]
    public void The_default_expiry_respects_the_limit(int lifetime, int limit, int? expectedHours)
    {
        var signer = new LinkSigner(new SigningOptions
        {
            LinkLifetime = TimeSpan.FromHours(lifetime),
            MaxLinkLifetime = TimeSpan.FromHours(limit),
        });
        var expiry = signer.DefaultExpiry(Now);

        Assert.Equal(expectedHours is { } hours ? Now.AddHours(hours) : null, expiry);
        Assert.Equal(LinkVerdict.Valid, signer.Verify(Id, expiry?.ToUnixTimeSeconds().ToString(), null, Now).Verdict);
    }

    private static string Hmac(string secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(Id + "|1764460487")));

    private static LinkVerdict Verify(string secrets, string signature) =>
        new LinkSigner(new SigningOptions { Enforce = true, Secret = secrets }).Verify(Id, "1764460487", signature, Now).Verdict;
}
