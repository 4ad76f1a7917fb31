using System.CommandLine;
using System.Text.Json.Nodes;
using Egress.Server.Commands.Links;
using Egress.Server.Output;

namespace Egress.Server.Commands;

/// <summary><c>downloads list</c>: lists for each link how its last download ended.</summary>
internal static class DownloadsCommand
{
    private static readonly Option<string?> Status = new("--status") { Description = "Only downloads with this status." };
    private static readonly Option<int?> Limit = new("--limit") { Description = "The largest number of downloads. Default: all." };

    static DownloadsCommand() => Status.AcceptOnlyFromAmong("completed", "partial", "failed", "range");

    public static Command Create(Option<string?> config) => new("downloads", "List downloads of links that Egress made.") { List(config) };

    private static Command List(Option<string?> config)
    {
        var command = new Command("list", """
            List the last download of each link, the latest first.

            Examples:
              egress downloads list --limit 20
              egress downloads list --status failed --server https://downloads.example.com --json | jq -r .id
            """)
        {
            Status, Limit, LinkCommand.Json,
        };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var api = await LinkApi.OpenAsync(result, result.GetValue(config), cancellationToken);
            var downloads = new List<JsonObject>();
            await foreach (var link in api.ListAsync("", 1000, cancellationToken))
            {
                if (link["last_download"] is JsonObject last && (result.GetValue(Status) ?? $"{last["status"]}") == $"{last["status"]}")
                {
                    downloads.Add(Download(link, last));
                }
            }

            // The API writes all times in one format, in which alphabetical order is chronological.
            var shown = downloads.OrderByDescending(static download => $"{download["at"]}", StringComparer.Ordinal).Take(result.GetValue(Limit) ?? int.MaxValue).ToList();
            var printer = new RowPrinter(
                result.InvocationConfiguration,
                result.GetValue(LinkCommand.Json),
                new("Ended (UTC)") { IsTime = true },
                new("Status") { IsFailure = static status => status.StartsWith("failed", StringComparison.Ordinal) },
                new("Bytes") { IsNumber = true },
                new("Id") { IsId = true });
            foreach (var download in shown)
            {
                await printer.AddAsync(
                    () => LinkCommand.Line(download),
                    $"{download["at"]}",
                    download["reason"] is { } reason ? $"{download["status"]} ({reason})" : $"{download["status"]}",
                    $"{download["bytes"]} bytes",
                    $"{download["id"]}");
            }

            await printer.EndAsync($"{shown.Count} downloads.");
        });
        return command;
    }

    private static JsonObject Download(JsonObject link, JsonObject last)
    {
        var download = last.DeepClone().AsObject();
        download["id"] = link["id"]!.DeepClone();
        download["downloads_used"] = link["downloads_used"]!.DeepClone();
        return download;
    }
}
