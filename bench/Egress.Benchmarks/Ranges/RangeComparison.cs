using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Ranges;

/// <summary>Compares the cost of ranges of an archive that is already planned with that of a build that plans for each request.</summary>
/// <param name="workspace">Sets and built servers.</param>
/// <param name="rounds">Rounds that are counted.</param>
/// <param name="baseline">An older build of the server, measured in turn; null for none.</param>
internal sealed class RangeComparison(Workspace workspace, int rounds, Executable? baseline)
{
    /// <summary>Measures the ranges, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        var targets = new Targets();
        List<RangeBuild> builds = [new("Egress", server, false)];
        if (baseline is not null)
        {
            builds.Add(new("the older build", baseline, true));
        }

        var remote = await new RemoteRanges(workspace, rounds, targets).RunAsync(builds);
        var disk = await new DiskRanges(workspace, rounds, targets).RunAsync(builds);
        var million = await new MillionPhases(workspace, targets).RunAsync(builds);
        return $"{targets}\n{remote}\n{disk}\n{million}";
    }
}

/// <summary>A build of the server.</summary>
/// <param name="Name">Name of the build in tables.</param>
/// <param name="Program">The program.</param>
/// <param name="IsOlder">Whether it is the older build, which has no targets.</param>
internal sealed record RangeBuild(string Name, Executable Program, bool IsOlder);
