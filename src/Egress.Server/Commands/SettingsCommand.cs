using System.CommandLine;
using Egress.Server.Embedded;
using Egress.Server.Hosting;

namespace Egress.Server.Commands;

/// <summary><c>settings</c>: prints the effective settings, and the source of each. Secrets are masked.</summary>
internal static class SettingsCommand
{
    public static Command Create(Option<string?> config)
    {
        var command = new Command("settings", "Show the effective settings and where each comes from (secrets masked).");
        command.SetAction(result => Show(result.GetValue(config), result.InvocationConfiguration.Output));
        return command;
    }

    private static void Show(string? configFile, TextWriter output)
    {
        var settings = ServerSettingsLoader.Read(configFile);
        var nameWidth = settings.InForce.Max(static s => s.Name.Length);
        var valueWidth = Math.Min(48, settings.InForce.Max(static s => s.Value.Length));
        foreach (var setting in settings.InForce)
        {
            output.WriteLine($"{setting.Name.PadRight(nameWidth)}  {setting.Value.PadRight(valueWidth)}  {setting.Origin}");
        }

        if (settings.Embedded.SigningSecret)
        {
            output.WriteLine($"note: SIGNING_SECRET is not set: links are signed with the generated secret in {EmbeddedSetup.SecretFile(settings)}");
        }

        foreach (var warning in settings.Warnings.Concat(settings.SecurityWarnings))
        {
            output.WriteLine($"warning: {warning}");
        }
    }
}
