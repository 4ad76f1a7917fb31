using Egress.Zip.Names;
using Xunit;

namespace Egress.Core.Tests.Zip.Names;

public sealed class CanonicalFormTests
{
    [Theory]
    [InlineData("plain.txt", "plain.txt")]
    [InlineData("\u00E9", "e\u0301")]
    [InlineData("e\u0301", "e\u0301")]
    [InlineData("\u1EC7", "e\u0323\u0302")] // in two steps
    [InlineData("e\u0302\u0323", "e\u0323\u0302")] // the order of the classes
    [InlineData("e\u0302\u0301", "e\u0302\u0301")] // equal classes keep their order
    [InlineData("\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uAC00", "\u1100\u1161")]
    [InlineData("\u212B", "A\u030A")] // the Angstrom sign equals the letter
    [InlineData("\uFB01", "\uFB01")] // compatible, but not canonically equivalent
    [InlineData("\u65E5\u672C", "\u65E5\u672C")]
    [InlineData("\uD834\uDD5E", "\uD834\uDD57\uD834\uDD65")]
    public void Texts_are_decomposed(string text, string expected) => Assert.Equal(expected, CanonicalForm.Of(text));

    [Fact]
    public void A_text_that_is_already_decomposed_is_not_copied()
    {
        var text = new string('\u65E5', 3);
        Assert.Same(text, CanonicalForm.Of(text));
    }
}
