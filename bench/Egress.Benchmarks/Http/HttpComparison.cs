using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>Downloads the same files over loopback from every peer, in turn.</summary>
/// <param name="workspace">Sets and built servers.</param>
/// <param name="rounds">Rounds that are counted; slow jobs get one round less.</param>
/// <param name="names">The peers in addition to Egress; none where only running servers are compared, without targets.</param>
/// <param name="others">Servers that are already running (<see cref="Peer.TryParse"/>).</param>
internal sealed class HttpComparison(Workspace workspace, int rounds, IReadOnlyCollection<string> names, IReadOnlyCollection<string> others)
{
    private readonly Targets _targets = new();
    private readonly SinkClient _client = new();
    private readonly List<string> _sections = [];
    private readonly PeerList _list = new(workspace);

    /// <summary>Measures the jobs, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    /// <param name="wanted">Names of the sets to measure. A <c>+</c> after the name means an encrypted archive.</param>
    public async Task<string> RunAsync(Executable server, IReadOnlyCollection<string> wanted)
    {
        foreach (var set in FileSet.All.Where(set => wanted.Any(name => name.TrimEnd('+') == set.Name)))
        {
            await set.CreateAsync(workspace.Sets);
        }

        var peers = new List<Peer>();
        var running = others.Select(static other => Peer.TryParse(other)!).ToList();
        try
        {
            // Manifests are not reused, so that each download is planned like the first one of an archive.
            peers.Add(await _list.StartEgressAsync(server, ("MANIFEST_REUSE", "0")));
            await SaveReadyAsync(peers[0], wanted);
            foreach (var name in names)
            {
                if (await _list.StartAsync(name) is { } peer)
                {
                    peers.Add(peer);
                }
                else
                {
                    Console.Error.WriteLine($"Left out, because it is not installed: {name}");
                }
            }

            peers.AddRange(running);
            foreach (var name in wanted)
            {
                await MeasureAsync(new HttpJob(FileSet.All.Single(set => set.Name == name.TrimEnd('+')), name.EndsWith('+')), peers);
            }
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }

        return $"{(names.Count > 0 ? $"{_targets}\n" : "")}{string.Join('\n', _sections)}";
    }

    private async Task MeasureAsync(HttpJob job, List<Peer> peers)
    {
        var results = peers.Where(peer => peer.PathOf(job.Set, job.Encrypted) is not null).Select(peer => new PeerResult(peer, job)).ToList();
        var counted = job.IsSlow ? Math.Max(1, rounds - 1) : rounds;
        for (var round = job.NeedsWarmUp ? -1 : 0; round < counted; round++)
        {
            foreach (var result in results.Where(static result => !result.HasFailed))
            {
                Console.Error.WriteLine($"{job.Title}, round {round + 1} of {counted}: {result.Name}");
                await result.TryMeasureAsync(_client, isCounted: round >= 0);
            }
        }

        _sections.Add(PeerResult.Table(job, results));
        if (names.Count > 0)
        {
            HttpTargets.Add(_targets, job, results);
        }
    }

    /// <summary>Downloads archives from Egress and saves them as the finished files that the file servers send.</summary>
    private async Task SaveReadyAsync(Peer egress, IReadOnlyCollection<string> wanted)
    {
        Directory.CreateDirectory(workspace["ready"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{egress.Port}"), Timeout = Timeout.InfiniteTimeSpan };
        foreach (var set in FileSet.All.Where(set => !set.IsText && wanted.Contains(set.Name)))
        {
            await using var source = await client.GetStreamAsync(egress.PathOf(set, encrypted: false));
            await using var target = File.Create(_list.ReadyArchive(set));
            await source.CopyToAsync(target);
        }
    }
}
