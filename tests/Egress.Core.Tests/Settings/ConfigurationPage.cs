using System.Text;
using Egress.Settings;

namespace Egress.Core.Tests.Settings;

/// <summary>Generates <c>docs/configuration.md</c>: the tables from the settings, the rest from the files in the folder <c>page</c>.</summary>
internal static class ConfigurationPage
{
    public static string Write()
    {
        var page = new StringBuilder(Part("introduction.md"));
        foreach (var group in SettingTable.Groups)
        {
            page.Append($"\n## {group.Title}\n\n{group.Introduction}\n\n");
            page.Append("| Setting | Default | Allowed | Meaning |\n|---|---|---|---|\n");
            foreach (var setting in group.Settings)
            {
                page.Append($"| {Name(setting)} | {Default(setting)} | {Allowed(setting)} | {setting.Text} |\n");
            }
        }

        return page.Append('\n').Append(Part("file.md")).ToString();
    }

    private static string Part(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Settings", "page", name)).ReplaceLineEndings("\n");

    private static string Name(Setting setting) => string.Concat(
        $"`{setting.Name}`",
        setting.Alias is null ? "" : $" (alias `{setting.Alias}`)",
        setting.IsSecret ? " – secret" : "");

    private static string Default(Setting setting) =>
        setting.DefaultInWords ?? (setting.DefaultText.Length > 0 ? $"`{setting.DefaultText}`" : "none");

    private static string Allowed(Setting setting) =>
        setting.Allowed + (setting.Example.Length > 0 ? $"; for example `{setting.Example}`" : "");
}
