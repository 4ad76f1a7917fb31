using System.CommandLine;
using System.Text.Json;
using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Server.Hosting;
using Egress.Server.Output;
using Egress.Settings;

namespace Egress.Server.Commands;

/// <summary><c>callbacks list</c> and <c>callbacks replay</c>: callbacks that could not be delivered, on either kind of queue.</summary>
internal static class CallbacksCommand
{
    private static readonly Option<string[]> Ids = new("--id") { Description = "Id of a record or of a callback (webhook-id); repeatable. Default: all." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON lines." };

    /// <summary>Operators also manage the queues of the Functions app with this command, so it uses the storage account as the app does.</summary>
    private static readonly HostProfile Profile = HostProfile.Server with { UsesHostStorage = true };

    private static readonly JsonSerializerOptions JsonLines = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create(Option<string?> config) => new("callbacks", "List and replay callbacks that could not be delivered.")
    {
        List(config),
        Replay(config),
    };

    private static Command List(Option<string?> config)
    {
        var command = new Command("list", "List the callbacks on the poison queue.") { Ids, Json };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var services = await ServicesAsync(result.GetValue(config), cancellationToken);
            var callbacks = await services.GetRequiredService<UndeliveredCallbacks>().ListAsync(result.GetValue(Ids) ?? [], cancellationToken);
            await PrintAsync(callbacks, services.GetRequiredService<CallbackOptions>(), result);
        });
        return command;
    }

    private static Command Replay(Option<string?> config)
    {
        var message = new Option<string?>("--message") { Description = "Put this message on the queue instead, as a log line has it." };
        var command = new Command("replay", "Put them back on the queue, to be delivered with the ids that they had.") { Ids, Json, message };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var services = await ServicesAsync(result.GetValue(config), cancellationToken);
            var undelivered = services.GetRequiredService<UndeliveredCallbacks>();
            if (result.GetValue(message) is { } text)
            {
                await undelivered.ReplayMessageAsync(text, cancellationToken);
                return;
            }

            var replayed = await undelivered.ReplayAsync(result.GetValue(Ids) ?? [], cancellationToken);
            await PrintAsync(replayed, services.GetRequiredService<CallbackOptions>(), result);
        });
        return command;
    }

    private static async Task<ServiceProvider> ServicesAsync(string? configFile, CancellationToken cancellationToken)
    {
        var settings = await ServerSettingsLoader.LoadForCommandAsync(configFile, Profile, cancellationToken);
        return new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
    }

    private static async Task PrintAsync(IReadOnlyList<UndeliveredCallback> callbacks, CallbackOptions options, ParseResult result)
    {
        var printer = new RowPrinter(
            result.InvocationConfiguration,
            result.GetValue(Json),
            new("Record") { IsId = true },
            new("Download"),
            new("Why not delivered"),
            new("Attempts") { IsNumber = true },
            new("To"),
            new("Last answer"));
        foreach (var callback in callbacks)
        {
            await printer.AddAsync(
                () => JsonSerializer.Serialize(callback, JsonLines),
                callback.RecordId, callback.Status, callback.Reason, $"{callback.Attempts} attempts", callback.Host, callback.LastAnswer);
        }

        await printer.EndAsync($"{callbacks.Count} callbacks in {Place(options)}.");
    }

    private static string Place(CallbackOptions options) =>
        options.Azure is { } account ? $"the Azure queue {options.QueueName} ({account.ConnectionName})" : options.Folder!;
}
