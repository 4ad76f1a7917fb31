using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Egress.Exports.Running;
using Egress.Http.Requests;
using Egress.Server.Commands.Links;
using Egress.Server.Output;

namespace Egress.Server.Commands;

/// <summary><c>export</c>: exports an archive to a bucket, and waits until it is written.</summary>
internal static class ExportCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly Argument<string> Id = new("ID") { Description = "Id of a record or a link." };
    private static readonly Option<string> To = new("--to") { Description = "Destination: BUCKET/KEY, with a bucket of EXPORT_BUCKETS.", Required = true };
    private static readonly Option<long?> PartSize = new("--part-size") { Description = "Bytes of a part." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an object with this key." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the state at the end as JSON." };

    public static Command Create(Option<string?> config)
    {
        var command = new Command("export", """
            Write an archive into a bucket, and wait until it is there. Without --server this process builds it, together with the
            servers that use the same queue.

            Examples:
              egress export 42 --to exports/2025/42.zip
              egress export 42 --to exports/42.zip --server https://downloads.example.com --json | jq -r .url
            """)
        {
            Id, To, PartSize, Overwrite, Json,
        };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var api = await LinkApi.OpenAsync(result, result.GetValue(config), cancellationToken);
            var accepted = (await api.SendAsync(HttpMethod.Post, "exports", Body(result), cancellationToken))!;
            var console = result.InvocationConfiguration;
            await console.Error.WriteLineAsync($"Export {accepted["id"]}");
            using var worker = api.Services is { } services ? ActivatorUtilities.CreateInstance<ExportWorker>(services) : null;
            await (worker?.StartAsync(cancellationToken) ?? Task.CompletedTask);
            var state = await TransferProgress.RunAsync(
                console.Error, result.GetRequiredValue(To), (progress, stop) => WaitAsync(api, $"exports/{accepted["id"]}", progress, stop), cancellationToken);
            await (worker?.StopAsync(cancellationToken) ?? Task.CompletedTask);
            await console.Output.WriteLineAsync(result.GetValue(Json) ? LinkCommand.Line(state) : Line(state));
            return (string?)state["state"] == "completed" ? 0 : 1;
        });
        return command;
    }

    private static JsonObject Body(ParseResult result)
    {
        var (bucket, key) = result.GetRequiredValue(To).Split('/', 2) is [var first, var rest] ? (first, rest)
            : throw new LinkApiException("--to must be a bucket, a slash and a key.", null);
        var body = new JsonObject { ["id"] = result.GetRequiredValue(Id), ["bucket"] = bucket, ["key"] = key, ["overwrite"] = result.GetValue(Overwrite) };
        if (result.GetValue(PartSize) is { } size)
        {
            body["part_size"] = size;
        }

        return body;
    }

    /// <summary>Waits for the end of an export, and shows its progress.</summary>
    private static async Task<JsonObject> WaitAsync(
        LinkApi api, string address, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = (await api.SendAsync(HttpMethod.Get, address, null, cancellationToken))!;
            if ((string?)state["state"] is not ("queued" or "running"))
            {
                return state;
            }

            if (state["length"] is { } length)
            {
                progress?.Report(((long)state["bytes_done"]!, (long)length));
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static string Line(JsonObject state) => (string?)state["state"] == "completed"
        ? string.Create(CultureInfo.InvariantCulture, $"{state["bucket"]}/{state["key"]}: {state["length"]} bytes, {state["files"]} files, {state["skipped"]} left out.")
        : PrintableText.Clean($"The export is {state["state"]}: {state["message"] ?? state["reason"] ?? "without a reason"}");
}
