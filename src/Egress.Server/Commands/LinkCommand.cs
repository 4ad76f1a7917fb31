using System.CommandLine;
using System.CommandLine.Parsing;
using Egress.Records;
using Egress.Server.Hosting;
using Egress.Settings.Formats;
using Egress.Signing;

namespace Egress.Server.Commands;

/// <summary><c>link create</c> and <c>link sign</c>: links for the command line.</summary>
internal static class LinkCommand
{
    private static readonly Option<TimeSpan?> Expires = new("--expires")
    {
        Description = "How long the link works, as 30m, 1h or 24h; 0 for ever. Default: LINK_LIFETIME.",
        CustomParser = ParseLifetime,
    };

    public static Command Create(Option<string?> config) => new("link", "Make links.")
    {
        CreateRecord(config),
        Sign(config),
    };

    private static Command CreateRecord(Option<string?> config)
    {
        var objects = new Option<string[]>("--object") { Description = "Key of an object; repeatable." };
        var prefixes = new Option<string[]>("--prefix") { Description = "Every object under this prefix; repeatable." };
        var bucket = new Option<string>("--bucket") { Description = "Bucket, container or folder of the objects.", DefaultValueFactory = _ => "" };
        var name = new Option<string?>("--name") { Description = "Name of the archive." };
        var callback = new Option<string?>("--callback") { Description = "URL that is told how a download ended." };
        var id = new Option<string?>("--id") { Description = "Id of the record. Default: a new UUID." };
        var command = new Command("create", "Store a record and print its signed link.") { objects, prefixes, bucket, name, callback, id, Expires };
        command.Validators.Add(result =>
        {
            if (result.GetValue(objects) is null or [] && result.GetValue(prefixes) is null or [])
            {
                result.AddError("Name what the archive holds: --object KEY or --prefix PREFIX, as often as needed.");
            }
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            var record = new DownloadRecord
            {
                Id = result.GetValue(id) ?? Guid.CreateVersion7().ToString(),
                Bucket = result.GetValue(bucket) ?? "",
                Objects = [.. (result.GetValue(objects) ?? []).Select(key => new ObjectItem(key)), .. (result.GetValue(prefixes) ?? []).Select(prefix => new PrefixItem(prefix))],
                Name = result.GetValue(name),
                Callback = result.GetValue(callback),
            };
            var settings = await ServerSettingsLoader.LoadAsync(result.GetValue(config), cancellationToken);
            if (!await StoreAsync(settings, record, cancellationToken))
            {
                await result.InvocationConfiguration.Error.WriteLineAsync($"A record with the id '{record.Id}' exists already.");
                return 1;
            }

            await PrintAsync(settings, record.Id, result.GetValue(Expires), result.InvocationConfiguration.Output);
            return 0;
        });
        return command;
    }

    private static Command Sign(Option<string?> config)
    {
        var id = new Argument<string>("ID") { Description = "Id of a record; it need not exist yet." };
        var command = new Command("sign", "Print the signed link of a record.") { id, Expires };
        command.SetAction(async (result, cancellationToken) =>
        {
            var settings = await ServerSettingsLoader.LoadAsync(result.GetValue(config), cancellationToken);
            await PrintAsync(settings, result.GetRequiredValue(id), result.GetValue(Expires), result.InvocationConfiguration.Output);
        });
        return command;
    }

    private static async Task<bool> StoreAsync(EgressSettings settings, DownloadRecord record, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        return await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, cancellationToken);
    }

    private static Task PrintAsync(EgressSettings settings, string id, TimeSpan? lifetime, TextWriter output)
    {
        var signer = new LinkSigner(settings.Signing);
        var now = TimeProvider.System.GetUtcNow();
        DateTimeOffset? expiry = lifetime is { } given ? (given == TimeSpan.Zero ? null : now + given) : signer.DefaultExpiry(now);
        return output.WriteLineAsync(signer.CreateLink(ServerAddress.Of(settings, settings.Server.Port), id, expiry));
    }

    private static TimeSpan? ParseLifetime(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        if (GoDuration.TryParse(text, out var lifetime))
        {
            return lifetime;
        }

        result.AddError($"--expires '{text}' is no duration: allowed are numbers with units, as 30m, 1h30m or 0.");
        return null;
    }
}
