using System.Globalization;
using Egress.Load;
using Egress.TestKit;

// Usage: Egress.Load [clients] [minutes] [minutes without storage], or: Egress.Load overhead [rounds]
if (args is ["overhead", .. var rounds])
{
    Console.WriteLine(await Overhead.MeasureAsync(rounds is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 15));
    return 0;
}

var numbers = args.Select(static text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
var plan = new LoadPlan(
    Clients: (int)Number(0, 200),
    Duration: TimeSpan.FromMinutes(Number(1, 10)),
    Outage: TimeSpan.FromMinutes(Number(2, 2)));

await using var storage = await FlakyStorage.StartAsync();
await using var server = await EgressServer.StartAsync([.. storage.Settings, ("COMPRESSION_LEVEL", "0"), ("HEALTH_PROBE_SCHEDULE", "*/5 * * * * *")]);
var links = new List<string>();
for (var record = 0; record < 4; record++)
{
    links.Add(await server.CreateLinkAsync("load", [.. Enumerable.Range(0, LoadPlan.FilesPerArchive).Select(file => $"{record}/{file}.jpg")]));
}

var observer = new Observer(server);
var clients = new Clients(server.Client.BaseAddress!, links);
var result = await LoadRun.RunAsync(plan, storage, clients, observer);
Console.WriteLine(result.ToMarkdown());
return result.Holds ? 0 : 1;

double Number(int index, double fallback) => index < numbers.Length ? numbers[index] : fallback;
