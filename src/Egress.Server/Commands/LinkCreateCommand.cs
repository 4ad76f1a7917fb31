using System.CommandLine;
using Egress.Records;
using Egress.Server.Hosting;
using Egress.Signing;
using Egress.Storage;
using Egress.Storage.Local;

namespace Egress.Server.Commands;

/// <summary><c>link create</c>: stores a record and prints its link.</summary>
internal static class LinkCreateCommand
{
    private static readonly Option<string[]> Objects = new("--object") { Description = "Key of an object; repeatable." };
    private static readonly Option<string[]> Prefixes = new("--prefix") { Description = "Every object under this prefix; repeatable." };
    private static readonly Option<string> Bucket = new("--bucket") { Description = "Bucket, container or folder of the objects.", DefaultValueFactory = _ => "" };
    private static readonly Option<string?> Name = new("--name") { Description = "Name of the archive." };
    private static readonly Option<string?> Callback = new("--callback") { Description = "URL that gets the outcome of each download." };
    private static readonly Option<string?> Id = new("--id") { Description = "Id of the record. Default: a new UUID." };

    public static Command Create(Option<string?> config)
    {
        var command = new Command("create", "Store a record and print its signed link.")
        {
            Objects, Prefixes, Bucket, Name, Callback, Id, LinkCommand.Expires,
        };
        command.Validators.Add(static result =>
        {
            if (result.GetValue(Objects) is null or [] && result.GetValue(Prefixes) is null or [])
            {
                result.AddError("Name what the archive holds: --object KEY or --prefix PREFIX, as often as needed.");
            }
        });
        command.SetAction((result, cancellationToken) => RunAsync(result, result.GetValue(config), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, string? configFile, CancellationToken cancellationToken)
    {
        var console = result.InvocationConfiguration;
        var record = Record(result);
        var settings = await ServerSettingsLoader.LoadForCommandAsync(configFile, cancellationToken);
        if (new LinkSigner(settings.Signing).Refuse(record.Id) is { } refusal)
        {
            await console.Error.WriteLineAsync(refusal);
            return 1;
        }

        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        if (!await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, cancellationToken))
        {
            await console.Error.WriteLineAsync($"A record with the id '{record.Id}' exists already.");
            return 1;
        }

        var check = new ObjectCheck(services.GetRequiredService<IObjectStorage>());
        await foreach (var problem in check.FindProblemsAsync(record, cancellationToken))
        {
            await console.Error.WriteLineAsync($"Warning: {problem}{Place(settings)}");
        }

        await LinkCommand.PrintAsync(settings, record.Id, result.GetValue(LinkCommand.Expires), console);
        return 0;
    }

    private static DownloadRecord Record(ParseResult result) => new()
    {
        Id = result.GetValue(Id) ?? Guid.CreateVersion7().ToString(),
        Bucket = result.GetValue(Bucket) ?? "",
        Objects =
        [
            .. (result.GetValue(Objects) ?? []).Select(static key => new ObjectItem(key)),
            .. (result.GetValue(Prefixes) ?? []).Select(static prefix => new PrefixItem(prefix)),
        ],
        Name = result.GetValue(Name),
        Callback = result.GetValue(Callback),
    };

    private static string Place(EgressSettings settings) =>
        settings.Storage is LocalOptions { Root: var root } ? $" (looked for under {Path.GetFullPath(root)})" : "";
}
