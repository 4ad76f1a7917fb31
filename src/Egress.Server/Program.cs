using System.CommandLine;
using Egress.Backends;
using Egress.Callbacks;
using Egress.Queues;
using Egress.Server.Commands;
using Egress.Server.Commands.Links;
using Egress.Settings;

var config = new Option<string?>("--config")
{
    Description = "File with settings (KEY=VALUE lines). Default: CONFIG_FILE, otherwise ./.env. The environment takes precedence.",
    Recursive = true,
};
var root = new RootCommand("Egress turns signed links into ZIP downloads, made on the fly. Without a command it serves. Commands end with 0 when they did what they should, and with 1 when they were refused, "
    + "found a fault, or were called wrongly; standard error then says why.")
{
    config,
    ServeCommand.Create(config),
    LinkCommand.Create(config),
    DownloadsCommand.Create(config),
    ExportCommand.Create(config),
    CallbacksCommand.Create(config),
    VerifyCommand.Create(),
    SettingsCommand.Create(config),
    HealthCommand.Create(config),
    CompletionCommand.Create(),
};
root.SetAction((result, cancellationToken) => ServeCommand.RunAsync(result.GetValue(config), cancellationToken));

try
{
    // The server handles signals itself, because it must finish running downloads first.
    var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await root.Parse(args).InvokeAsync(invocation);
}
catch (Exception failure) when (failure is SettingsException or LinkApiException or BackendException or QueueException or CallbackMessageException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130; // the exit code that shells report for a command that Ctrl+C ended
}
