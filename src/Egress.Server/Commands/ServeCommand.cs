using System.CommandLine;
using Egress.Server.Hosting;

namespace Egress.Server.Commands;

/// <summary><c>serve</c>: answers requests until told to stop. The default command.</summary>
internal static class ServeCommand
{
    public static Command Create(Option<string?> config)
    {
        var command = new Command("serve", "Answer requests until told to stop (the default).");
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(config), cancellationToken));
        return command;
    }

    public static async Task<int> RunAsync(string? configFile, CancellationToken cancellationToken)
    {
        var settings = await ServerSettingsLoader.LoadAsync(configFile, cancellationToken);
        await using var server = ServerHost.Create(settings);
        await server.StartAsync(cancellationToken);
        await Announcement.WriteAsync(server, settings, Console.Out);
        await server.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
