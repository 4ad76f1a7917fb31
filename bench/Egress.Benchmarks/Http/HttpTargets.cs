using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Http;

/// <summary>Compares the measured downloads with their targets.</summary>
internal static class HttpTargets
{
    public static void Add(Targets targets, HttpJob job, IReadOnlyList<PeerResult> results)
    {
        var egress = results[0];
        var node = results.Where(result => PeerList.Node.Contains(result.Name)).ToList();
        var name = job.Set.Name.ToUpperInvariant();
        if (job.Encrypted)
        {
            var rival = results.FirstOrDefault(result => result.Name == PeerList.Encrypted);
            targets.AtLeast($"{name}, AES-256, against {PeerList.Encrypted}", job.Set == FileSet.A ? 6 : 15, Ratio(egress, rival));
            if (job.Set == FileSet.A)
            {
                targets.AtMost("A, AES-256, processor time a GiB", 5, egress.Processor.Median, "s");
                targets.AtLeast("A, AES-256, speed", 400, egress.Speed.Median, "MB/s");
            }
        }
        else if (job.Set.IsText)
        {
            targets.AtLeast("C, default level, against the fastest node peer at level 6", 3, Ratio(egress, Fastest(node)));
            targets.AtLeast("C, default level, speed", 150, egress.Speed.Median, "MB/s");
            var zlib = results.Where(result => PeerList.Zlib.Contains(result.Name) && result.Size > 0).ToList();
            targets.AtMost("C, default level, size, against the smallest of those that use zlib at level 6", 1.05, zlib.Count == 0 ? double.NaN : (double)egress.Size / zlib.Min(static peer => peer.Size));
        }
        else
        {
            if (job.Set != FileSet.D)
            {
                targets.AtLeast($"{name}, against {PeerList.Kestrel}", 1.15, Ratio(egress, results.FirstOrDefault(result => result.Name == PeerList.Kestrel)));
            }

            targets.AtLeast($"{name}, against the fastest node peer", job.Set == FileSet.D ? 5 : 2, Ratio(egress, Fastest(node)));
        }

        if (job == new HttpJob(FileSet.A, Encrypted: false))
        {
            targets.AtMost("A, time to first byte, median", 5, egress.FirstByte.Median, "ms");
        }
    }

    private static PeerResult? Fastest(List<PeerResult> peers) => peers.MaxBy(static peer => peer.Speed.Median);

    private static double Ratio(PeerResult egress, PeerResult? other) => other is null ? double.NaN : egress.Speed.Median / other.Speed.Median;
}
