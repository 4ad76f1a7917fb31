using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Egress.Records;
using Egress.Records.Json;
using Egress.Settings.Formats;
using Egress.Storage;
using Egress.Storage.Local;

namespace Egress.Server.Commands.Links;

/// <summary><c>link create</c>: stores a record and prints its link.</summary>
internal static class LinkCreateCommand
{
    private static readonly Argument<string?> Folder = new("FOLDER")
    {
        Description = "Folder with the files on this machine. They are copied into the storage, which must be a disk.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string[]> Objects = new("--object") { Description = "Key of an object; repeatable." };
    private static readonly Option<string[]> Prefixes = new("--prefix") { Description = "Every object under this prefix; repeatable." };
    private static readonly Option<string> Bucket = new("--bucket") { Description = "Bucket, container or folder of the objects.", DefaultValueFactory = _ => "" };
    private static readonly Option<string?> Name = new("--name") { Description = "Name of the archive." };
    private static readonly Option<string?> Callback = new("--callback") { Description = "URL that receives the outcome of each download." };
    private static readonly Option<string?> Id = new("--id") { Description = "Id of the record. Default: a new UUID." };
    private static readonly Option<string?> Password = new("--password") { Description = "Encrypts the archive if ALLOW_PASSWORD_PROTECTED is on." };
    private static readonly Option<bool?> ChecksumFile = new("--checksum-file") { Description = "Whether the archive has a file SHA256SUMS. Default: CHECKSUM_FILE." };
    private static readonly Option<int?> MaxDownloads = new("--max-downloads") { Description = "How many downloads the link allows. Default: any number." };
    private static readonly Option<string?> FromFile = new("--from-file") { Description = "File with the link as JSON, as POST /links takes it, or - for standard input." };
    private static readonly Option<bool> Serve = new("--serve") { Description = "Start the server afterwards, so that the link works at once." };
    private static readonly Option<bool> NoCheck = new("--no-check") { Description = "Do not look the objects up." };

    public static Command Create(Option<string?> config)
    {
        var command = new Command("create", """
            Store a record and print its signed link.

            Examples:
              egress link create ~/photos --serve
              egress link create --bucket photos --prefix 2024/ --name holidays --expires 48h
              egress link create --bucket b --object a.pdf --object b.pdf --callback https://app.example.com/hook
              jq … | egress link create --from-file - --server https://downloads.example.com --json
            """)
        {
            Folder, Objects, Prefixes, Bucket, Name, Callback, Id, Password, ChecksumFile, MaxDownloads, LinkCommand.Expires, FromFile, NoCheck, LinkCommand.Json, Serve,
        };
        LinkApi.AddOptions(command, Folder, Serve);
        command.Validators.Add(static result =>
        {
            var names = result.GetValue(Objects) is { Length: > 0 } || result.GetValue(Prefixes) is { Length: > 0 };
            if (!names && result.GetValue(FromFile) is null && result.GetValue(Folder) is null)
            {
                result.AddError("Name the content of the archive: a folder, any number of --object KEY and --prefix PREFIX, or --from-file.");
            }

            if (result.GetValue(Folder) is not null && Given(result, Objects, Prefixes, Bucket, FromFile) is { } excluded)
            {
                result.AddError($"A folder is the whole content of the archive, and cannot be combined with {excluded.Name}.");
            }

            Option[] others = [Objects, Prefixes, Name, Callback, Id, Password, ChecksumFile, MaxDownloads, LinkCommand.Expires, NoCheck];
            if (result.GetValue(FromFile) is not null && Given(result, others) is { } other)
            {
                result.AddError($"--from-file contains the whole link, and cannot be combined with {other.Name}.");
            }
        });
        command.SetAction((result, cancellationToken) => RunAsync(result, result.GetValue(config), cancellationToken));
        return command;
    }

    private static Option? Given(CommandResult result, params Option[] options) => Array.Find(options, option => result.GetResult(option) is { Implicit: false });

    private static async Task<int> RunAsync(ParseResult result, string? configFile, CancellationToken cancellationToken)
    {
        await CreateAndPrintAsync(result, configFile, cancellationToken);
        return result.GetValue(Serve) ? await ServeCommand.RunAsync(configFile, cancellationToken) : 0;
    }

    private static async Task CreateAndPrintAsync(ParseResult result, string? configFile, CancellationToken cancellationToken)
    {
        await using var api = await LinkApi.OpenAsync(result, configFile, cancellationToken, prepares: result.GetValue(Serve));
        JsonObject created;
        if (result.GetValue(FromFile) is { } file)
        {
            await using var body = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
            created = (await api.PostAsync("links", body, cancellationToken))!;
        }
        else
        {
            created = await CreateAsync(api, result, cancellationToken);
        }

        if (api.Settings is { } settings)
        {
            await LinkCommand.NameDataAsync(settings, result.InvocationConfiguration.Error);
        }

        created = WithAbsolute(api, created);
        if (!result.GetValue(LinkCommand.Json) && created["page_url"] is { } page)
        {
            await result.InvocationConfiguration.Error.WriteLineAsync($"Page: {page}");
        }

        await result.InvocationConfiguration.Output.WriteLineAsync(result.GetValue(LinkCommand.Json) ? LinkCommand.Line(created) : $"{created["url"]}");
    }

    private static async Task<JsonObject> CreateAsync(LinkApi api, ParseResult result, CancellationToken cancellationToken)
    {
        var record = await RecordAsync(api, result, cancellationToken);
        try
        {
            var created = (await api.SendAsync(HttpMethod.Post, "links", Body(record, result, looksUp: api.Services is null), cancellationToken))!;
            await WarnAsync(api, record, result, cancellationToken);
            return created;
        }
        catch (LinkApiException refused) when (refused.Code == "links-not-set-up" && api.Services is { } services)
        {
            if (result.GetValue(MaxDownloads) is not null)
            {
                throw; // without the table of links, downloads cannot be counted
            }

            // This database user may write the table of records, but not the table of links. The command then stores only the record.
            if (!await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, cancellationToken))
            {
                throw new LinkApiException($"A record with the id '{record.Id}' exists already.", "id-exists");
            }

            await result.InvocationConfiguration.Error.WriteLineAsync("Note: the link is not listed, because the database has no table of links (docs/links.md).");
            await WarnAsync(api, record, result, cancellationToken);
            return new JsonObject { ["id"] = record.Id, ["url"] = Sign(api, record.Id, result) };
        }
    }

    private static string Sign(LinkApi api, string id, ParseResult result) =>
        LinkCommand.Sign(api.Settings!, id, result.GetValue(LinkCommand.Expires));

    /// <summary>
    /// Warns about missing objects. Without <c>--server</c> they are not an error, because they may be uploaded later. A server refuses them.
    /// </summary>
    private static async Task WarnAsync(LinkApi api, DownloadRecord record, ParseResult result, CancellationToken cancellationToken)
    {
        if (api.Services is not { } services || result.GetValue(NoCheck))
        {
            return;
        }

        var check = new ObjectCheck(services.GetRequiredService<IObjectStorage>());
        await foreach (var problem in check.FindProblemsAsync(record, cancellationToken))
        {
            await result.InvocationConfiguration.Error.WriteLineAsync($"Warning: {problem}{Place(api.Settings!)}");
        }
    }

    private static JsonObject Body(DownloadRecord record, ParseResult result, bool looksUp)
    {
        var body = JsonNode.Parse(RecordDocument.Write(record).Span)!.AsObject();
        body["check"] = looksUp && !result.GetValue(NoCheck);
        if (result.GetValue(MaxDownloads) is { } most)
        {
            body["max_downloads"] = most;
        }

        if (result.GetValue(LinkCommand.Expires) is { } lifetime)
        {
            body["expires_in"] = GoDuration.Write(lifetime);
        }

        return body;
    }

    private static async Task<DownloadRecord> RecordAsync(LinkApi api, ParseResult result, CancellationToken cancellationToken)
    {
        var (bucket, name) = (result.GetValue(Bucket) ?? "", result.GetValue(Name));
        IReadOnlyList<RecordItem> objects =
        [
            .. (result.GetValue(Objects) ?? []).Select(static key => new ObjectItem(key)),
            .. (result.GetValue(Prefixes) ?? []).Select(static prefix => new PrefixItem(prefix)),
        ];
        if (result.GetValue(Folder) is { } folder)
        {
            name ??= Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            (bucket, var files) = await FolderSharing.PlaceAsync(folder, api.Settings!, result.InvocationConfiguration.Error, cancellationToken);
            objects = [files];
        }

        return new DownloadRecord
        {
            Id = result.GetValue(Id) ?? Guid.CreateVersion7().ToString(),
            Bucket = bucket,
            Objects = objects,
            Name = name,
            Callback = result.GetValue(Callback),
            Password = result.GetValue(Password),
            ChecksumFile = result.GetValue(ChecksumFile),
        };
    }

    private static JsonObject WithAbsolute(LinkApi api, JsonObject created)
    {
        foreach (var name in new[] { "url", "page_url" })
        {
            if (created[name]?.GetValue<string>() is { } link)
            {
                created[name] = LinkCommand.Absolute(api, link);
            }
        }

        return created;
    }

    private static string Place(EgressSettings settings) =>
        settings.Storage is LocalOptions { Root: var root } ? $" (looked for under {Path.GetFullPath(root)})" : "";
}
