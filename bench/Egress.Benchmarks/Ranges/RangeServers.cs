using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Ranges;

/// <summary>The builds that are measured in turn.</summary>
internal sealed class RangeServers : IAsyncDisposable
{
    private readonly List<RangeServer> _servers = [];

    /// <summary>The servers that run.</summary>
    public IReadOnlyList<RangeServer> All => _servers;

    /// <summary>Starts another server.</summary>
    /// <param name="build">The build.</param>
    /// <param name="records">The records that the server uses.</param>
    /// <param name="settings">Further settings.</param>
    public async Task<RangeServer> StartAsync(RangeBuild build, EgressRecords records, params (string Name, string Value)[] settings)
    {
        var server = await RangeServer.StartAsync(build, records, settings);
        _servers.Add(server);
        return server;
    }

    /// <summary>Returns a table of the measurements.</summary>
    /// <param name="title">Heading of the first column.</param>
    public string Table(string title)
    {
        var table = new MarkdownTable([
            title, .. _servers.SelectMany(static server => new[] { $"{server.Build.Name}: requests to the storage", "first byte, ms", "processor time, ms" }),
        ]);
        foreach (var what in _servers[0].Costs.Keys)
        {
            table.Add([what, .. _servers.Select(server => server.Costs[what]).SelectMany(static cost => new[]
            {
                Samples.Number(cost.Requests.Median), cost.FirstByte.ToString(), Samples.Number(cost.Processor.Median),
            })]);
        }

        return table.ToString();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
