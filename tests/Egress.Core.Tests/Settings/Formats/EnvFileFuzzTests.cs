using CsCheck;
using Egress.Settings.Formats;
using Xunit;

namespace Egress.Core.Tests.Settings.Formats;

/// <summary>Tests with env files of arbitrary content.</summary>
public sealed class EnvFileFuzzTests
{
    private const string Secret = "s3cret";

    private static readonly string[] Pieces =
    [
        "NAME", "a.b", "export ", "=", ":", "\"", "'", "\\", "$", "${", "}", "$NAME", "${OTHER}", "#", " # ", "\n", "\r\n", "\r", "\t", " ", "\0", "\u2028", "é", "😀",
        Secret, "\\n", "\\$", "",
    ];

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]), Gen.Char.Select(c => c.ToString())).List[0, 60].Select(string.Concat);

    private static readonly Gen<string> Value = Gen.String[Gen.Char[' ', '~'], 0, 20];

    [Fact]
    public void A_file_is_read_or_refused_with_the_line_number_and_without_its_content() => Text.Check(
        text =>
        {
            try
            {
                Assert.All(EnvFile.Parse(text, _ => null).Values.Keys, name => Assert.NotEmpty(name));
            }
            catch (FormatException fault)
            {
                Assert.Matches(@"^line \d+: ", fault.Message);
                Assert.DoesNotContain(Secret, fault.Message, StringComparison.Ordinal);
            }
        },
        10_000);

    [Fact]
    public void Values_quoted_as_in_a_shell_are_read_back() => Value.Where(value => !value.Contains('\'')).Check(
        value => Assert.Equal(value, EnvFile.Parse($"A='{value}'\nB=x", _ => null).Values["A"]),
        10_000);
}
