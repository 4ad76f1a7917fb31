using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Http.Callbacks;
using Egress.Server.Commands.Links;
using Egress.Server.Hosting;
using Egress.Server.Output;
using Egress.Settings;

namespace Egress.Server.Commands;

/// <summary>
/// <c>callbacks list</c> and <c>callbacks replay</c>: lists and replays callbacks that could not be delivered, on either kind of queue or through the
/// API of a running server.
/// </summary>
internal static class CallbacksCommand
{
    private static readonly Option<string[]> Ids = new("--id") { Description = "Id of a record or of a callback (webhook-id); repeatable. Default: all." };
    private static readonly Option<string?> Message = new("--message") { Description = "Put this message from a log line on the queue instead." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON lines." };

    /// <summary>
    /// The settings of the command. Operators also manage the queues of a Functions app with it, so it reads the name of the storage account as that
    /// app does.
    /// </summary>
    private static readonly HostProfile Profile = HostProfile.Server with { UsesHostStorage = true };

    public static Command Create(Option<string?> config) => new("callbacks", "List and replay callbacks that could not be delivered.")
    {
        List(config),
        Replay(config),
    };

    private static Command List(Option<string?> config)
    {
        var command = new Command("list", """
            List the callbacks on the poison queue.

            Examples:
              egress callbacks list
              egress callbacks list --server https://downloads.example.com --json | jq -r .record_id
            """)
        {
            Ids, Json,
        };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (LinkApi.OpenServer(result) is { } server)
            {
                await using (server)
                {
                    var query = string.Join('&', GivenIds(result).Select(static id => $"id={Uri.EscapeDataString(id)}"));
                    await PrintAsync((await server.SendAsync(HttpMethod.Get, $"callbacks?{query}", null, cancellationToken))!, $"at {server.Links}", result);
                    return;
                }
            }

            await using var services = await ServicesAsync(result.GetValue(config), cancellationToken);
            await PrintAsync(await services.GetRequiredService<UndeliveredCallbacks>().ListAsync(GivenIds(result), cancellationToken), services, result);
        });
        return command;
    }

    private static Command Replay(Option<string?> config)
    {
        var command = new Command("replay", """
            Put them back on the queue, to be delivered with the ids that they had.

            Examples:
              egress callbacks replay --id 42
              egress callbacks replay --server https://downloads.example.com
            """)
        {
            Ids, Json, Message,
        };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (LinkApi.OpenServer(result) is { } server)
            {
                await using (server)
                {
                    await PrintAsync((await server.SendAsync(HttpMethod.Post, "callbacks/replay", Body(result), cancellationToken))!, $"at {server.Links}", result);
                    return;
                }
            }

            await using var services = await ServicesAsync(result.GetValue(config), cancellationToken);
            var undelivered = services.GetRequiredService<UndeliveredCallbacks>();
            if (result.GetValue(Message) is { } text)
            {
                await undelivered.ReplayMessageAsync(text, cancellationToken);
                return;
            }

            await PrintAsync(await undelivered.ReplayAsync(GivenIds(result), cancellationToken), services, result);
        });
        return command;
    }

    private static string[] GivenIds(ParseResult result) => result.GetValue(Ids) ?? [];

    private static JsonObject Body(ParseResult result) => result.GetValue(Message) is { } message ? new JsonObject { ["message"] = message }
        : GivenIds(result) is { Length: > 0 } ids ? new JsonObject { ["ids"] = new JsonArray([.. ids.Select(static id => JsonValue.Create(id))]) }
        : new JsonObject { ["all"] = true };

    private static async Task<ServiceProvider> ServicesAsync(string? configFile, CancellationToken cancellationToken)
    {
        var settings = await ServerSettingsLoader.LoadForCommandAsync(configFile, Profile, cancellationToken);
        return new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
    }

    private static Task PrintAsync(IReadOnlyList<UndeliveredCallback> callbacks, IServiceProvider services, ParseResult result)
    {
        var list = JsonSerializer.SerializeToNode(new CallbackListBody(callbacks), CallbackJson.Legible.CallbackListBody)!.AsObject();
        return PrintAsync(list, $"in {Place(services.GetRequiredService<CallbackOptions>())}", result);
    }

    private static async Task PrintAsync(JsonObject list, string place, ParseResult result)
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
        var callbacks = list["callbacks"]!.AsArray();
        foreach (var callback in callbacks.Select(static callback => callback!.AsObject()))
        {
            await printer.AddAsync(
                () => LinkCommand.Line(callback),
                $"{callback["record_id"]}", $"{callback["status"]}", $"{callback["reason"]}", $"{callback["attempts"]} attempts", $"{callback["host"]}", $"{callback["last_answer"]}");
        }

        await printer.EndAsync($"{callbacks.Count} callbacks {place}.");
    }

    private static string Place(CallbackOptions options) =>
        options.Azure is { } account ? $"the Azure queue {options.QueueName} ({account.ConnectionName})" : options.Folder!;
}
