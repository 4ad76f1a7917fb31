using System.CommandLine;
using Egress.Server.Hosting;

namespace Egress.Server.Commands;

/// <summary><c>serve</c>: serves requests until a signal stops the process. This is the default command.</summary>
internal static class ServeCommand
{
    public static Command Create(Option<string?> config)
    {
        var command = new Command("serve", "Answer requests until a signal stops the server (the default).");
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(config), cancellationToken));
        return command;
    }

    public static async Task<int> RunAsync(string? configFile, CancellationToken cancellationToken)
    {
        var settings = await ServerSettingsLoader.LoadAsync(configFile, cancellationToken);
        await using var server = ServerHost.Create(settings);
        await server.StartAsync(cancellationToken);
        await Announcement.WriteAsync(server, settings);
        await StoppingAsync(server.Lifetime);
        await server.StopAsync(server.Services.GetRequiredService<DrainingLifetime>().Abort);
        return 0;
    }

    private static async Task StoppingAsync(IHostApplicationLifetime application)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = application.ApplicationStopping.Register(stopping.SetResult);
        await stopping.Task;
    }
}
