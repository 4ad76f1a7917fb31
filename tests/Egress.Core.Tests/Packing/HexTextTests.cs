using Egress.Packing;
using Xunit;

namespace Egress.Core.Tests.Packing;

public sealed class HexTextTests
{
    [Theory]
    [InlineData("\"d41d8cd98f00b204e9800998ecf8427e\"", 17)] // S3
    [InlineData("\"d41d8cd98f00b204e9800998ecf8427e-12\"", 18)] // S3, uploaded in parts
    [InlineData("\"0x8DCB5A1D2C3E401\"", 9)] // Azure
    [InlineData("5f5e100-8dc6b5a1d2c3e40", 12)] // a file
    [InlineData("W/\"1a2B3c\"", null)] // W is not a separator
    [InlineData("\"\"", 1)]
    [InlineData("", 1)]
    [InlineData("a", 2)]
    [InlineData("aB", 2)]
    [InlineData("aBcDeFaBcDeF", null)] // too many changes of case
    [InlineData("1-2-3-4-5", 4)]
    [InlineData("1-2-3-4-5-", null)]
    [InlineData("\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\"", 33)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", null)]
    [InlineData("\"hello/world==\"", null)]
    [InlineData("\ue001", null)]
    [InlineData("é", null)]
    public void Validators_take_half_of_their_digits_and_come_back(string text, int? expected)
    {
        var pattern = HexText.PatternOf(text);
        if (expected is not { } length)
        {
            Assert.Null(pattern);
            return;
        }

        var (writer, output) = (new PackWriter(), new ChunkedBytesWriter());
        HexText.Write(writer, text, pattern!);
        Assert.Equal(length, writer.EndBlock(output));
        var reader = new PackReader(output.ToBytes().Slice(0, length), writer.SharedTexts);
        Assert.Equal(text, HexText.Read(ref reader));
    }

    [Fact]
    public void Validators_of_one_storage_share_a_few_patterns()
    {
        var random = new Random(4711);
        var patterns = Enumerable.Range(0, 10_000)
            .Select(_ => HexText.PatternOf($"{random.NextInt64(1L << 40):x}-{0x8dc_0000_0000_0000 + random.NextInt64(1L << 48):x}")).Distinct().ToList();
        Assert.DoesNotContain(null, patterns);
        Assert.InRange(patterns.Count, 1, 11);
    }
}
