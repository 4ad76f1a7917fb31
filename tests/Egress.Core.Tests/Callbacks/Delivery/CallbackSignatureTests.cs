using System.Text.Json;
using Egress.Callbacks.Delivery;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Delivery;

public sealed class CallbackSignatureTests
{
    [Fact]
    public void The_published_example_is_signed_as_published()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Callbacks", "vectors", "standard-webhooks.json"));
        using var vector = JsonDocument.Parse(text);
        string Field(string name) => vector.RootElement.GetProperty(name).GetString()!;

        var signature = CallbackSignature.Sign(
            CallbackSignature.KeyOf(Field("secret"))!, Field("id"), vector.RootElement.GetProperty("timestamp").GetInt64(), Field("body"));

        Assert.Equal(Field("signature"), signature);
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24)]
    [InlineData("just some text of 24 chr", 24)]
    [InlineData("whsec_c2hvcnQ=", null)]
    [InlineData("whsec_not base64 at all, though long enough", null)]
    [InlineData("short", null)]
    public void A_secret_has_a_key_of_24_bytes_or_more(string secret, int? length) => Assert.Equal(length, CallbackSignature.KeyOf(secret)?.Length);
}
