using System.Text;
using CsCheck;
using Egress.Zip.Names;
using Xunit;

namespace Egress.Core.Tests.Zip.Names;

public sealed class UniqueEntryNamesTests
{
    [Theory]
    [InlineData("a.txt|a.txt|a.txt", "a.txt|a (2).txt|a (3).txt")]
    [InlineData("a.txt|A.TXT", "a.txt|A (2).TXT")]
    [InlineData("a (2).txt|a.txt|a.txt", "a (2).txt|a.txt|a (3).txt")]
    [InlineData("a|a", "a|a (2)")]
    [InlineData(".env|.env", ".env|.env (2)")]
    [InlineData("x/a.txt|y/a.txt", "x/a.txt|y/a.txt")]
    [InlineData("x/a.txt|X/A.txt", "x/a.txt|X/A (2).txt")]
    [InlineData("a|a/b|a/c", "a|a (2)/b|a (2)/c")]
    [InlineData("a/b|a", "a/b|a (2)")]
    [InlineData("a|A/b/c|a/b/d", "a|A (2)/b/c|A (2)/b/d")]
    [InlineData("a/b|a/b/c|a/b/c", "a/b|a/b (2)/c|a/b (2)/c (2)")]
    [InlineData("a|a/b/c.txt", "a|a (2)/b/c.txt")]
    [InlineData("\u00e9.txt|e\u0301.txt", "\u00e9.txt|e\u0301 (2).txt")]
    [InlineData("e\u0301.txt|\u00c9.TXT", "e\u0301.txt|\u00c9 (2).TXT")]
    [InlineData("\u00e9/a|e\u0301/a|e\u0301/b", "\u00e9/a|e\u0301/a (2)|e\u0301/b")]
    [InlineData("\u00e9|e\u0301/a", "\u00e9|e\u0301 (2)/a")]
    [InlineData("\uac00|\u1100\u1161", "\uac00|\u1100\u1161 (2)")]
    public void Equal_names_are_numbered(string names, string expected)
    {
        var unique = new UniqueEntryNames();

        Assert.Equal(expected, string.Join('|', names.Split('|').Select(unique.Reserve)));
    }

    [Fact]
    public void Every_character_is_compared_as_the_framework_compares_names_without_case()
    {
        var unique = new UniqueEntryNames();
        var framework = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var value = 0x20; value <= 0x10FFFF; value++)
        {
            if (Rune.IsValid(value) && CanonicalForm.Of(new Rune(value).ToString()) is { Length: <= 2 } name)
            {
                Assert.True(framework.Add(name) == (unique.Reserve(name) == name), $"U+{value:X4}");
            }
        }
    }

    [Fact]
    public void Ten_thousand_equal_names_are_numbered_in_linear_time()
    {
        var unique = new UniqueEntryNames();
        var name = new string('n', 251) + ".txt";

        var names = Enumerable.Range(0, 10_000).Select(_ => unique.Reserve(name)).ToList();

        Assert.Equal(10_000, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, EntryNamesTests.AssertSafe);
        Assert.EndsWith("n (10000).txt", names[^1], StringComparison.Ordinal);
    }

    /// <summary>
    /// All names are shortened to the same stem and therefore need different numbers. The test asserts no time, but an algorithm in quadratic time
    /// would take minutes.
    /// </summary>
    [Fact]
    public void Long_names_that_differ_only_at_their_end_are_numbered_in_linear_time()
    {
        var unique = new UniqueEntryNames();
        var names = Enumerable.Range(0, 40_000)
            .Select(i => unique.Reserve($"{new string('n', 246)}{i % 20_000:d5}.txt"))
            .ToList();

        Assert.Equal(40_000, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, EntryNamesTests.AssertSafe);
    }

    [Theory]
    [InlineData("", "x", "x/")]
    [InlineData("x/a", "x", null)]
    [InlineData("x/y/a", "x", null)]
    [InlineData("X/a", "x", null)]
    [InlineData("\u00e9/a", "e\u0301", null)]
    [InlineData("x", "x", "x (2)/")]
    [InlineData("a", "x/y", "x/y/")]
    public void An_empty_folder_has_an_entry_unless_it_exists(string taken, string folder, string? expected)
    {
        var unique = new UniqueEntryNames();
        if (taken.Length > 0)
        {
            unique.Reserve(taken);
        }

        Assert.Equal(expected, unique.ReserveEmptyFolder(folder));
        Assert.Null(unique.ReserveEmptyFolder(folder));
    }

    [Fact]
    public void No_name_comes_twice_and_no_file_is_a_folder()
    {
        var segment = Gen.OneOf("a", "A", "a (2)", "b", "b.txt", "B (2).TXT", "a (3)", new string('x', 255), new string('X', 255));
        segment.Array[1, 4].Select(parts => string.Join('/', parts)).Array[1, 60].Sample(
            paths =>
            {
                var unique = new UniqueEntryNames();
                var names = paths.Select(unique.Reserve).ToList();
                Assert.All(names, EntryNamesTests.AssertSafe);

                var files = names.ToHashSet(StringComparer.OrdinalIgnoreCase);
                Assert.Equal(names.Count, files.Count);
                foreach (var name in names)
                {
                    for (var slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
                    {
                        Assert.DoesNotContain(name[..slash], files);
                    }
                }
            },
            iter: 2_000);
    }
}
