using System.Text;
using Egress.Settings;

namespace Egress.Core.Tests.Settings;

/// <summary>Generates <c>.env.example</c> from the table of settings.</summary>
internal static class EnvExample
{
    private const int Width = 110;

    public static string Write()
    {
        var page = new StringBuilder(
            """
            # Settings of Egress. Copy this file to .env and remove the "#" before what you change.
            # After "#NAME=" comes the default, or an example if there is no default.
            # More about each: docs/configuration.md. Both are generated from one table: do not edit them by hand.

            """);
        foreach (var group in SettingTable.Groups)
        {
            page.Append($"\n# ---- {group.Title} {new string('-', Width - 8 - group.Title.Length)}\n");
            foreach (var setting in group.Settings)
            {
                page.Append('\n');
                AppendComment(page, setting.Text);
                AppendComment(page, $"Allowed: {setting.Allowed}.");
                AppendComment(page, $"Default: {Default(setting)}.");
                page.Append($"#{setting.Name}={Value(setting)}\n");
            }
        }

        return page.ToString();
    }

    private static string Default(Setting setting) =>
        setting.DefaultInWords ?? (setting.DefaultText.Length > 0 ? setting.DefaultText : "none");

    private static string Value(Setting setting) => setting.DefaultText.Length > 0 ? setting.DefaultText : setting.Example;

    private static void AppendComment(StringBuilder page, string text)
    {
        var line = "#";
        foreach (var word in text.Replace("`", "").Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                page.Append(line).Append('\n');
                line = "#";
            }

            line += " " + word;
        }

        page.Append(line).Append('\n');
    }
}
