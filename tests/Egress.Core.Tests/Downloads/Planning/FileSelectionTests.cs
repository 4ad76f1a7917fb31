using CsCheck;
using Egress.Downloads.Planning;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class FileSelectionTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("1-4,9", "1-4,9")]
    [InlineData("9,1-4", "1-4,9")]
    [InlineData("3,1,2", "1-3")]
    [InlineData("1-4,2-6", "1-6")]
    [InlineData("2-3,1-9,5", "1-9")]
    [InlineData("1,1,1", "1")]
    [InlineData("1-2,3-4", "1-4")]
    [InlineData("1-2,4-5", "1-2,4-5")]
    [InlineData("007", "7")]
    [InlineData(" 1 - 3 , 5 ", "1-3,5")]
    [InlineData("5-5", "5")]
    [InlineData("2147483647", "2147483647")]
    [InlineData("1-99999999999999999999", "1-2147483647")]
    [InlineData("99999999999999999999", "2147483647")]
    public void A_selection_is_read_in_its_shortest_form(string text, string expected) => Assert.Equal(expected, Parse(text)?.ToString());

    [Theory]
    [InlineData("0")]
    [InlineData("0-3")]
    [InlineData("000")]
    [InlineData("4-1")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("1--2")]
    [InlineData("1-2-3")]
    [InlineData("1,,2")]
    [InlineData(",")]
    [InlineData("1,")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("0x1")]
    [InlineData("a.jpg")]
    [InlineData("1;2")]
    [InlineData("1 2")]
    [InlineData("١")]
    [InlineData("1\u00a0")]
    [InlineData("*")]
    [InlineData(" ")]
    public void Anything_else_is_refused(string text) => Assert.Null(Parse(text));

    [Fact]
    public void A_form_repeats_the_parameter()
    {
        Assert.Equal("1-2,4", Parse("2", "1", "4")?.ToString());
        Assert.Equal("3-4", Parse("", "3", null, "4")?.ToString());
        Assert.Null(Parse("1", "x"));
        Assert.Null(Parse());
        Assert.Null(Parse("", null));
    }

    [Fact]
    public void A_long_text_is_refused_before_it_is_read()
    {
        Assert.Null(Parse(string.Concat(Enumerable.Repeat("1,", 5 << 20)) + "1"));
        Assert.Null(Parse([.. Enumerable.Repeat("1", FileSelection.MaxLength)]));
        Assert.Null(Parse(new string('1', FileSelection.MaxLength)));
        Assert.Equal("1", Parse(string.Join(',', Enumerable.Repeat("1", FileSelection.MaxLength / 2 - 1)))?.ToString());
    }

    [Fact]
    public void Any_selection_gives_the_items_that_it_names() => Gen.Select(Gen.Int[1, 30], Gen.Int[0, 6]).Array[1, 8].Sample(
        ranges =>
        {
            var selection = Parse(string.Join(',', ranges.Select(static r => $"{r.Item1}-{r.Item1 + r.Item2}")));
            var expected = Enumerable.Range(1, 40).Where(i => ranges.Any(r => i >= r.Item1 && i <= r.Item1 + r.Item2)).ToList();
            Assert.NotNull(selection);
            Assert.Equal(expected, selection.Of(Enumerable.Range(1, 40)));
            Assert.Equal((expected.Count, expected[^1]), (selection.Count, selection.Last));
            Assert.Equal(selection.ToString(), Parse(selection.ToString())?.ToString());
        },
        iter: 2000);

    private static FileSelection? Parse(params string?[] values) => FileSelection.TryParse(values, out var selection) ? selection : null;
}
