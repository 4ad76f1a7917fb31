using CsCheck;
using Egress.Downloads;
using Egress.Settings.Formats;
using Xunit;

namespace Egress.Core.Tests.Settings.Formats;

public sealed class ValueFormatTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("+0", 0)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("5s", 5_000)]
    [InlineData("+5s", 5_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData(".5s", 500)]
    [InlineData("1.s", 1_000)]
    [InlineData("30m1h", 5_400_000)]
    [InlineData("1s1s", 2_000)]
    [InlineData("1500us", 1.5)]
    [InlineData("1500µs", 1.5)]
    [InlineData("1500μs", 1.5)]
    [InlineData("100ns", 0.0001)]
    [InlineData("1ns", 0.0001)]
    public void A_duration_is_parsed_as_in_Go(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond)), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("++5s")]
    [InlineData("-5s")]
    [InlineData("-0")]
    [InlineData("30")]
    [InlineData("1h30")]
    [InlineData("s")]
    [InlineData(".s")]
    [InlineData("1.2.3s")]
    [InlineData("1d")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("1,5h")]
    [InlineData("1e3s")]
    [InlineData("00:05:00")]
    [InlineData("99999999999999999999999999999h")]
    [InlineData("9999999999999999h")]
    public void Durations_that_Go_refuses_are_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Fact]
    public void A_duration_reads_back_as_it_was_written() =>
        Gen.OneOf(Gen.Long[0, TimeSpan.TicksPerSecond * 2], Gen.Long[0, TimeSpan.MaxValue.Ticks]).Select(TimeSpan.FromTicks).Sample(
            duration => GoDuration.TryParse(GoDuration.Write(duration), out var read) && read == duration);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(500, "500ms")]
    [InlineData(1_500, "1.5s")]
    [InlineData(60_000, "1m")]
    [InlineData(200_000, "3m20s")]
    [InlineData(86_400_000, "24h")]
    public void A_duration_is_written_in_its_short_form(int milliseconds, string text) =>
        Assert.Equal(text, GoDuration.Write(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1023", 1023)]
    [InlineData("64K", 65_536)]
    [InlineData("16m", 16_777_216)]
    [InlineData("2G", 2_147_483_648)]
    [InlineData("1T", 1_099_511_627_776)]
    [InlineData("8388607T", 9_223_370_937_343_148_032)]
    public void A_size_may_have_a_unit(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5G")]
    [InlineData("16MB")]
    [InlineData("16MiB")]
    [InlineData("16 M")]
    [InlineData("1P")]
    [InlineData("9223372036854775808")]
    [InlineData("8388608T")]
    public void Ambiguous_and_malformed_sizes_are_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Fact]
    public void A_size_reads_back_as_it_was_written() =>
        Gen.OneOf(Gen.Long[0, long.MaxValue], Gen.Long[0, 4096].Select(Gen.Int[0, 40], (size, shift) => size << shift)).Sample(
            bytes => ByteSize.TryParse(ByteSize.Write(bytes), out var read) && read == bytes);

    [Theory]
    [InlineData("1", true)]
    [InlineData("t", true)]
    [InlineData("T", true)]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData(" True ", true)]
    [InlineData("0", false)]
    [InlineData("f", false)]
    [InlineData("F", false)]
    [InlineData("false", false)]
    [InlineData("FALSE", false)]
    [InlineData("False", false)]
    public void Booleans_are_spelled_as_in_Go(string text, bool expected)
    {
        Assert.True(ValueFormats.Boolean.TryParse(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("on")]
    [InlineData("tRUE")]
    [InlineData("2")]
    public void Other_spellings_are_not_booleans(string text) => Assert.False(ValueFormats.Boolean.TryParse(text, out _));

    [Theory]
    [InlineData("0", true)]
    [InlineData("0.5", true)]
    [InlineData("1e3", true)]
    [InlineData("1000", true)]
    [InlineData("0.001", true)]
    [InlineData("0.0009", false)]
    [InlineData("1000.1", false)]
    [InlineData("-1", false)]
    [InlineData("NaN", false)]
    [InlineData("Infinity", false)]
    [InlineData("1,000", false)]
    public void A_number_outside_of_its_limits_is_refused(string text, bool allowed) =>
        Assert.Equal(allowed, ValueFormats.Decimal(0.001, 1000).TryParse(text, out _));

    [Theory]
    [InlineData("-1", true)]
    [InlineData(" +9 ", true)]
    [InlineData("-2", false)]
    [InlineData("10", false)]
    [InlineData("1.0", false)]
    [InlineData("0x5", false)]
    [InlineData("99999999999", false)]
    public void A_whole_number_outside_of_its_limits_is_refused(string text, bool allowed) =>
        Assert.Equal(allowed, ValueFormats.Integer(-1, 9).TryParse(text, out _));

    [Theory]
    [InlineData("http://minio:9000", true)]
    [InlineData("HTTPS://example.com/base/", true)]
    [InlineData("http://[::1]:9000", true)]
    [InlineData("minio:9000", false)]
    [InlineData("localhost", false)]
    [InlineData("//example.com", false)]
    [InlineData("/path", false)]
    [InlineData("ftp://example.com", false)]
    [InlineData("https://", false)]
    [InlineData("https://user@example.com", false)]
    [InlineData("https://example.com?x=1", false)]
    [InlineData("https://example.com#x", false)]
    public void A_URL_is_absolute_and_bare(string text, bool allowed) => Assert.Equal(allowed, ValueFormats.HttpUrl.TryParse(text, out _));

    [Theory]
    [InlineData("https://a.blob.core.windows.net", true)]
    [InlineData("http://a.blob.core.windows.net", false)]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1", false)]
    [InlineData("https://a.blob.core.windows.net?sig=1", false)]
    public void A_URL_that_a_token_is_sent_to_has_TLS(string text, bool allowed) => Assert.Equal(allowed, ValueFormats.HttpsUrl.TryParse(text, out _));

    [Theory]
    [InlineData("basename", EntryNameStyle.Basename)]
    [InlineData(" PATH ", EntryNameStyle.Path)]
    public void A_choice_is_made_by_name(string text, EntryNameStyle expected)
    {
        Assert.True(ValueFormats.Choice<EntryNameStyle>().TryParse(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("basename,path")]
    [InlineData("both")]
    public void A_choice_is_neither_a_number_nor_a_combination(string text) =>
        Assert.False(ValueFormats.Choice<EntryNameStyle>().TryParse(text, out _));

    [Theory]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("-5%")]
    [InlineData("12.5%")]
    [InlineData("%")]
    [InlineData("half")]
    public void A_share_is_a_whole_percentage(string text) => Assert.False(MemoryShare.Format.TryParse(text, out _));

    [Theory]
    [InlineData("tar.gz")]
    [InlineData("*.exe")]
    [InlineData("exe;bat")]
    [InlineData("exe bat")]
    [InlineData(".")]
    public void An_extension_that_could_never_match_is_refused(string text) =>
        Assert.StartsWith("BLOCKED_EXTENSIONS is", Assert.Single(TestSettings.Faults(("BLOCKED_EXTENSIONS", text))));
}
