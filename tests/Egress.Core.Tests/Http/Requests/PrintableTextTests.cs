using Egress.Http.Requests;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("order-4711", "order-4711")]
    [InlineData("日本 ré", "日本 ré")]
    [InlineData("a\u001b[31mb", "a\ufffd[31mb")]
    [InlineData("a\r\nb\tc\u0085d\u007f", "a\ufffd\ufffdb\ufffdc\ufffdd\ufffd")]
    [InlineData("a\u202eb\u2066c\u200bd\u2028e", "a\ufffdb\ufffdc\ufffdd\ufffde")]
    public void Control_characters_are_replaced(string text, string expected) => Assert.Equal(expected, PrintableText.Shorten(text));

    [Fact]
    public void Half_a_surrogate_pair_is_replaced() => Assert.Equal("a\ufffdb", PrintableText.Shorten("a\ud800b"));

    [Fact]
    public void A_long_text_is_shortened_and_ends_with_its_length()
    {
        Assert.Equal(new string('x', PrintableText.MaxLength), PrintableText.Shorten(new string('x', PrintableText.MaxLength)));
        Assert.Equal($"{new string('x', PrintableText.MaxLength)}… (7000 characters)", PrintableText.Shorten(new string('x', 7000)));
    }
}
