using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Egress.Server.Embedded;
using Egress.Server.Hosting;
using Egress.Settings.Formats;
using Egress.Signing;

namespace Egress.Server.Commands.Links;

/// <summary><c>link</c>: the group of commands that create, check, list and revoke links.</summary>
internal static class LinkCommand
{
    /// <summary>How long the link is valid.</summary>
    public static readonly Option<TimeSpan?> Expires = new("--expires")
    {
        Description = "How long the link works, as 30m, 1h or 24h; 0 for a link that never expires. Default: LINK_LIFETIME.",
        CustomParser = ParseLifetime,
    };

    /// <summary>Whether the command prints JSON for programs.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON, one link on each line." };

    private static readonly JsonSerializerOptions Legible = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Formats a link as one line of JSON. URLs in it are not escaped.</summary>
    public static string Line(JsonObject link) => link.ToJsonString(Legible);

    public static Command Create(Option<string?> config) => new("link", "Create, check, list and revoke links, in the database or through the API of a server.")
    {
        LinkCreateCommand.Create(config),
        Sign(config),
        LinkCheckCommand.Create(config),
        LinkStateCommands.List(config),
        LinkStateCommands.Show(config),
        LinkStateCommands.Revoke(config),
    };

    /// <summary>Returns the signed link of a record.</summary>
    public static string Sign(EgressSettings settings, string id, TimeSpan? lifetime)
    {
        var signer = new LinkSigner(settings.Signing);
        var now = TimeProvider.System.GetUtcNow();
        DateTimeOffset? expiry = lifetime is { } given ? (given == TimeSpan.Zero ? null : now + given) : signer.DefaultExpiry(now);
        return signer.CreateLink(ServerAddress.Of(settings, settings.Server.Port), id, expiry);
    }

    /// <summary>Returns the link in a response as an absolute URL. A server without <c>PUBLIC_URL</c> returns relative links.</summary>
    public static string Absolute(LinkApi api, string link) =>
        link.StartsWith('/') ? api.Links.AbsoluteUri.TrimEnd('/') + link : link;

    /// <summary>Prints a link to standard output, and to standard error the data folder that contains the link's record.</summary>
    public static async Task PrintAsync(EgressSettings settings, string id, TimeSpan? lifetime, InvocationConfiguration console)
    {
        var link = Sign(settings, id, lifetime);
        await NameDataAsync(settings, console.Error);
        await console.Output.WriteLineAsync(link);
    }

    /// <summary>Prints the data folder of the embedded default. A server with another data folder does not have the record of the link.</summary>
    public static Task NameDataAsync(EgressSettings settings, TextWriter error) => settings.Embedded.Records
        ? error.WriteLineAsync($"Data folder: {EmbeddedSetup.DataFolder(settings)}")
        : Task.CompletedTask;

    private static Command Sign(Option<string?> config)
    {
        var id = new Argument<string>("ID") { Description = "Id of a record, which may be stored later." };
        var command = new Command("sign", "Print the signed link of a record.") { id, Expires };
        command.SetAction(async (result, cancellationToken) =>
        {
            var settings = await ServerSettingsLoader.LoadForCommandAsync(result.GetValue(config), cancellationToken);
            if (new LinkSigner(settings.Signing).Refuse(result.GetRequiredValue(id)) is { } refusal)
            {
                await result.InvocationConfiguration.Error.WriteLineAsync(refusal);
                return 1;
            }

            await PrintAsync(settings, result.GetRequiredValue(id), result.GetValue(Expires), result.InvocationConfiguration);
            return 0;
        });
        return command;
    }

    private static TimeSpan? ParseLifetime(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        if (GoDuration.TryParse(text, out var lifetime))
        {
            return lifetime;
        }

        result.AddError($"--expires '{text}' is not a duration; allowed: numbers with units, such as 30m or 1h30m, or 0.");
        return null;
    }
}
