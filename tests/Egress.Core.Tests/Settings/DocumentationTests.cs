using System.Text.RegularExpressions;
using Egress.Core.Tests.Http.Responses;
using Egress.Settings;
using Egress.Settings.Formats;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Settings;

/// <summary>Compares the pages for operators with the tables of settings and problems in the code.</summary>
public sealed partial class DocumentationTests
{
    private const string UpdateVariable = "EGRESS_UPDATE_DOCS";

    [Fact]
    public void The_example_file_is_generated_from_the_table() => AssertUpToDate(".env.example", EnvExample.Write());

    [Fact]
    public void The_page_is_generated_from_the_table() => AssertUpToDate(Path.Combine("docs", "configuration.md"), ConfigurationPage.Write());

    [Fact]
    public void The_table_of_problems_is_generated_from_the_code()
    {
        var page = Path.Combine("docs", "links.md");
        AssertUpToDate(page, ProblemsSection.Renew(File.ReadAllText(Path.Combine(RepositoryRoot.Path, page)).ReplaceLineEndings("\n")));
    }

    [Fact]
    public void Every_line_of_the_example_file_can_be_used_as_it_stands()
    {
        var values = EnvFile.Parse(CommentedSetting().Replace(EnvExample.Write(), "$1"), _ => null).Values;
        var settings = SettingTable.Groups.SelectMany(group => group.Settings).ToDictionary(setting => setting.Name);

        Assert.Equal(settings.Keys.Order(), values.Keys.Order());
        Assert.All(values, value => Assert.True(value.Value.Length == 0 || settings[value.Key].Accepts(value.Value), value.Key));
        Assert.All(settings.Values, setting => Assert.True(setting.Example.Length == 0 || setting.Accepts(setting.Example), setting.Name));
    }

    [Fact]
    public void The_setups_on_the_page_work()
    {
        var setups = Setup().Matches(ConfigurationPage.Write())
            .Select(match => EnvFile.Parse(match.Groups[1].Value, _ => null).Values)
            .ToList();

        Assert.True(setups.Count >= 4);
        Assert.All(setups, setup => Assert.Empty(SettingsReader.Read(SettingSource.FromEnvironment(setup), HostProfile.Server).Warnings));
        Assert.All(setups.SelectMany(setup => setup.Keys), name => Assert.True(SettingTable.Names.Contains(name), name));
    }

    [Fact]
    public void A_table_cell_breaks_no_table() => Assert.All(
        SettingTable.Groups.SelectMany(group => group.Settings),
        setting => Assert.DoesNotMatch(
            @"[|\n]", setting.Text + setting.Allowed + setting.DefaultText + setting.DefaultInWords + setting.Example));

    private static void AssertUpToDate(string path, string expected)
    {
        var full = Path.Combine(RepositoryRoot.Path, path);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, expected);
        }

        var actual = File.Exists(full) ? File.ReadAllText(full).ReplaceLineEndings("\n") : "";
        Assert.True(expected == actual, $"{path} is not what the tables in the code give: run this test again with {UpdateVariable}=1");
    }

    [GeneratedRegex("^#([A-Z])", RegexOptions.Multiline)]
    private static partial Regex CommentedSetting();

    [GeneratedRegex("^```ini\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Setup();
}
