using System.Text;
using Egress.Packing;
using Xunit;

namespace Egress.Core.Tests.Packing;

public sealed class PackedListTests
{
    private const int Block = PackedList<string>.BlockLength;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData(1000)]
    public void Each_list_item_has_its_place(int count)
    {
        string[] items = [.. Enumerable.Range(0, count).Select(i => $"folder {i / 100}/{i}.txt")];
        var packed = Pack(items);
        Assert.Equal(count, packed.Count);
        Assert.Equal(items, packed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("same", "same", "", "same")]
    [InlineData("long", "longer", "long", "lo")]
    [InlineData("ab", "a\u00e4", "a\u00e5", "a\u00e4\u65e5")]
    [InlineData("x\ud83d\ude00", "x\ud83d\ude01", "x\ud83e\udd8a")] // the same high surrogate before another low one
    public void Texts_are_returned_unchanged(params string[] items) => Assert.Equal(items, Pack(items));

    [Fact]
    public void Long_texts_are_returned_unchanged()
    {
        var path = string.Concat(Enumerable.Repeat("folder/", 20_000));
        Assert.Equal([path + "a", path + "b", "c", path], Pack(path + "a", path + "b", "c", path));
    }

    [Fact]
    public void Any_texts_are_returned_unchanged()
    {
        var random = new Random(4711);
        var runes = "ab/\u00e9\u65e5\ud83d\ude00\ud83d\ude01.".EnumerateRunes().ToArray();
        string[] items = [.. Enumerable.Range(0, 5000)
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => runes[random.Next(runes.Length)].ToString())))];
        Assert.Equal(items, Pack(items));
    }

    [Fact]
    public void A_text_that_is_not_Unicode_is_not_turned_into_another_one()
    {
        Assert.Throws<EncoderFallbackException>(() => Pack("a\ud800"));
        Assert.Throws<EncoderFallbackException>(() => Pack("a\udc00b"));
        Assert.Throws<EncoderFallbackException>(() => Pack("a\ud83d\ude00", "a\ud83d"));
    }

    [Fact]
    public void Numbers_are_returned_unchanged()
    {
        long[] numbers = [0, 1, 127, 128, 16_383, 16_384, int.MaxValue, long.MaxValue, -1, -570, long.MinValue];
        var builder = new PackedListBuilder<long>(new NumberForm());
        Array.ForEach(numbers, builder.Add);
        Assert.Equal(numbers, builder.ToList());
    }

    private static PackedList<string> Pack(params string[] items)
    {
        var builder = new PackedListBuilder<string>(new TextForm());
        Array.ForEach(items, builder.Add);
        return builder.ToList();
    }

    private sealed class TextForm : IPackedForm<string>
    {
        public void Write(PackWriter writer, string item)
        {
            writer.Text(1, item);
            writer.Shared(item.Length > 0 ? item[..1] : "");
        }

        public string Read(ref PackReader reader)
        {
            var text = reader.Text(1);
            Assert.StartsWith(reader.Shared(), text, StringComparison.Ordinal);
            return text;
        }
    }

    private sealed class NumberForm : IPackedForm<long>
    {
        public void Write(PackWriter writer, long item) => writer.Number(item);

        public long Read(ref PackReader reader) => reader.Number();
    }
}
