using System.CommandLine;
using System.Text.Json.Nodes;
using Egress.Http.Requests;
using Egress.Server.Output;
using Egress.Signing;

namespace Egress.Server.Commands.Links;

/// <summary><c>link list</c>, <c>link show</c> and <c>link revoke</c>: show and change the state of links.</summary>
internal static class LinkStateCommands
{
    private static readonly Argument<string> Id = new("ID") { Description = "Id of the link." };

    private static readonly Option<string?> State = new("--state") { Description = "Only links in this state." };
    private static readonly Option<string?> CreatedBy = new("--created-by") { Description = "Only links that a key of this name created." };
    private static readonly Option<int?> Limit = new("--limit") { Description = "The largest number of links. Default: all." };

    static LinkStateCommands() => State.AcceptOnlyFromAmong("active", "revoked", "expired");

    public static Command List(Option<string?> config)
    {
        var command = new Command("list", """
            List links, the latest first.

            Examples:
              egress link list --state active
              egress link list --server https://downloads.example.com --json | jq -r 'select(.downloads_used == 0) | .id'
            """)
        {
            State, CreatedBy, Limit, LinkCommand.Json,
        };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var api = await LinkApi.OpenAsync(result, result.GetValue(config), cancellationToken);
            var (count, printer) = (0, new RowPrinter(
                result.InvocationConfiguration,
                result.GetValue(LinkCommand.Json),
                new("Id") { IsId = true },
                new("Created (UTC)") { IsTime = true },
                new("By"),
                new("Expires (UTC)") { IsTime = true, IsFailure = static state => state == "revoked" },
                new("Downloads") { IsNumber = true }));
            await foreach (var link in ListAsync(api, result, cancellationToken).Take(result.GetValue(Limit) ?? int.MaxValue))
            {
                count++;
                await printer.AddAsync(() => LinkCommand.Line(link), $"{link["id"]}", $"{link["created_at"]}", $"{link["created_by"]}", StateOf(link), $"{link["downloads_used"]} downloads");
            }

            await printer.EndAsync($"{count} links.");
        });
        return command;
    }

    public static Command Show(Option<string?> config)
    {
        var command = new Command("show", "Show the state of a link: who created it, when it expires, how it was used.") { Id, LinkCommand.Json };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var api = await LinkApi.OpenAsync(result, result.GetValue(config), cancellationToken);
            var link = (await api.SendAsync(HttpMethod.Get, Address(result), null, cancellationToken))!;
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(LinkCommand.Json))
            {
                await output.WriteLineAsync(LinkCommand.Line(link));
                return;
            }

            foreach (var (name, value) in link)
            {
                var shown = value is JsonObject group ? string.Join(", ", group.Select(member => $"{member.Key} {member.Value}")) : $"{value}";
                await output.WriteLineAsync($"{name,-16} {PrintableText.Clean(shown.Length > 0 ? shown : "-")}");
            }
        });
        return command;
    }

    public static Command Revoke(Option<string?> config)
    {
        var command = new Command("revoke", "Revoke a link for good: the next request gets 410, and running downloads end.") { Id };
        LinkApi.AddOptions(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var api = await LinkApi.OpenAsync(result, result.GetValue(config), cancellationToken);
            await api.SendAsync(HttpMethod.Delete, Address(result), null, cancellationToken);
            await result.InvocationConfiguration.Error.WriteLineAsync("The link is revoked.");
        });
        return command;
    }

    private static IAsyncEnumerable<JsonObject> ListAsync(LinkApi api, ParseResult result, CancellationToken cancellationToken)
    {
        var filter = string.Concat(
            new[] { ("state", result.GetValue(State)), ("created_by", result.GetValue(CreatedBy)) }
                .Where(static pair => pair.Item2 is not null).Select(static pair => $"&{pair.Item1}={Uri.EscapeDataString(pair.Item2!)}"));
        return api.ListAsync(filter, Math.Clamp(result.GetValue(Limit) ?? 1000, 1, 1000), cancellationToken);
    }

    private static string Address(ParseResult result)
    {
        var id = result.GetRequiredValue(Id);
        return LinkId.Refuse(id, isSigned: false) is { } refusal ? throw new LinkApiException(refusal, null) : $"links/{LinkId.ToSegment(id)}";
    }

    private static string StateOf(JsonObject link) =>
        (bool)link["revoked"]! ? "revoked" : link["expires_at"] is { } expiry ? $"expires {expiry}" : "never expires";
}
