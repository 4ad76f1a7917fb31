using CsCheck;
using Egress.Settings.Formats;
using Xunit;

namespace Egress.Core.Tests.Settings.Formats;

public sealed class EnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("A = b ", "b")]
    [InlineData("  export A=b", "b")]
    [InlineData("A: b", "b")]
    [InlineData("A=", "")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("A=b # comment", "b")]
    [InlineData("A=b #c # comment", "b")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=#b", "#b")]
    [InlineData("A= # nothing", "")]
    [InlineData("A=b c", "b c")]
    [InlineData("A=it's", "it's")]
    [InlineData("A='b # c'", "b # c")]
    [InlineData("A='b' # comment", "b")]
    [InlineData("A='$HOME \\n'", "$HOME \\n")]
    [InlineData("A='ends with \\'", "ends with \\")]
    [InlineData("A=\"b\\nc\"", "b\nc")]
    [InlineData("A=\"say \\\"b\\\"\"", "say \"b\"")]
    [InlineData("A=\"c:\\\\b\\\\\"", "c:\\b\\")]
    [InlineData("A=\"two\nlines\"", "two\nlines")]
    [InlineData("A='two\r\nlines'", "two\nlines")]
    [InlineData("A=c:\\new", "c:\\new")]
    [InlineData("A=\" b \"", " b ")]
    [InlineData("A=\"\"", "")]
    [InlineData("A=b\r\nB=c", "b")]
    [InlineData("\n# A=x\n\nA=b\n", "b")]
    [InlineData("A=x\nA=b", "b")]
    public void A_value_is_read_as_godotenv_does(string text, string expected)
    {
        var file = Parse(text);

        Assert.Equal(expected, file.Values["A"]);
        Assert.Empty(file.Warnings);
    }

    [Theory]
    [InlineData("A=$HOST/x", "db/x")]
    [InlineData("A=${HOST}x", "dbx")]
    [InlineData("A=\"${HOST} $HOST\"", "db db")]
    [InlineData("A=${OUTER}", "from outside")]
    [InlineData("A=\\$HOST", "$HOST")]
    [InlineData("A=\"\\$HOST\"", "$HOST")]
    [InlineData("A=pa$word$", "pa$word$")]
    [InlineData("A=${HOST", "${HOST")]
    [InlineData("A=$(HOST)", "$(HOST)")]
    [InlineData("A=$$HOST", "$db")]
    public void References_are_replaced(string text, string expected)
    {
        var file = Parse("HOST=db\n" + text);

        Assert.Equal(expected, file.Values["A"]);
        Assert.Empty(file.Warnings);
    }

    [Fact]
    public void A_reference_to_an_unknown_name_is_empty_and_reported_without_its_text()
    {
        var file = Parse("\nA=geheim$UNSET-");

        Assert.Equal("geheim-", file.Values["A"]);
        var warning = Assert.Single(file.Warnings);
        Assert.StartsWith("line 2: ", warning);
        Assert.DoesNotContain("UNSET", warning);
    }

    [Theory]
    [InlineData("A=b\ngeheim", "line 2: ")]
    [InlineData("A=b\n=geheim", "line 2: ")]
    [InlineData("A=b\n\nge-heim=c", "line 3: ")]
    [InlineData("export\tgeheim A=b", "line 1: ")]
    [InlineData("# x\nA=\"geheim", "line 2: ")]
    [InlineData("A='geheim\n\nB=c", "line 1: ")]
    [InlineData("A=\"geheim\\", "line 1: ")]
    [InlineData("A='b' geheim", "line 1: ")]
    public void A_malformed_line_is_named_but_not_shown(string text, string line)
    {
        var fault = Assert.Throws<FormatException>(() => Parse(text));

        Assert.StartsWith(line, fault.Message);
        Assert.DoesNotContain("heim", fault.Message);
    }

    [Fact]
    public void Any_text_is_read_or_refused_with_its_line() =>
        Gen.Char["A=$\"'\\{}# \n\r:"].Array[0, 30].Select(characters => new string(characters)).Sample(text =>
        {
            try
            {
                return Parse(text).Values.Keys.All(name => name.Length > 0);
            }
            catch (FormatException fault)
            {
                return fault.Message.StartsWith("line ", StringComparison.Ordinal);
            }
        });

    [Fact]
    public void Values_in_single_quotes_are_read_back() =>
        Gen.String.Select(text => text.Replace("'", "").Replace("\r\n", "\n")).Sample(text => Parse($"A='{text}'").Values["A"] == text);

    private static EnvFile Parse(string text) => EnvFile.Parse(text, name => name == "OUTER" ? "from outside" : null);
}
