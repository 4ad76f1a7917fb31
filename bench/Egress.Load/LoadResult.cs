using System.Globalization;
using System.Text;

namespace Egress.Load;

/// <summary>The result of a load test, and whether it is as expected.</summary>
internal sealed class LoadResult(LoadPlan plan, Clients clients, Observer observer, IReadOnlyDictionary<string, double> end)
{
    /// <summary>The allowed growth of memory, as the ratio of the last part of the test to the part before the outage.</summary>
    private const double Growth = 1.15;

    /// <summary>Whether memory did not grow, the circuit breaker opened and closed, and the server and the clients counted the same.</summary>
    public bool Holds => IsFlat && BreakerMoved && Counts().All(static count => count.Client.Equals(count.Server));

    private bool IsFlat => After.Max <= Before.Max * Growth;

    private bool BreakerMoved => observer.Events(3100) > 0 && observer.Events(3102) > 0 && end["egress_circuit_breaker_state{backend=\"storage\"}"] == 0;

    private Part Before => Between(plan.OutageAt / 2, plan.OutageAt);

    private Part After => Between(plan.Duration - (plan.OutageAt / 2), plan.Duration);

    /// <summary>Returns the tables for the page with the results.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        var outageEnds = plan.OutageAt + plan.Outage;
        Line(text, $"{plan.Clients} clients, {plan.Duration.TotalMinutes:0.#} minutes, {clients.Bytes / 1e9:0.0} GB of archives.");
        Line(text, $"The storage fails from minute {plan.OutageAt.TotalMinutes:0.#} to {outageEnds.TotalMinutes:0.#}.\n");
        Line(text, $"| Minute | memory (RSS), median | highest | managed heap, median | `egress_active_downloads`, highest |\n|---|---|---|---|---|");
        for (var minute = TimeSpan.Zero; minute < plan.Duration; minute += TimeSpan.FromMinutes(1))
        {
            var part = Between(minute, minute + TimeSpan.FromMinutes(1));
            Line(text, $"| {minute.TotalMinutes + 1:0} | {Mebi(part.Median)} | {Mebi(part.Max)} | {Mebi(part.Heap)} | {part.Active:0} |");
        }

        Line(text, $"\nHighest memory (RSS) in the quarters before the outage and at the end: {Mebi(Before.Max)}, {Mebi(After.Max)}.\n");
        var (opened, tried, closed) = (observer.Events(3100), observer.Events(3101), observer.Events(3102));
        Line(text, $"The breaker opened {opened} times, was tried {tried} times and closed {closed} times.");
        Line(text, $"The probe logged {observer.Events(5000)} times that the storage fails and {observer.Events(5001)} times that it works again;");
        Line(text, $"{observer.Events(5000, "no answer within")} of its checks took longer than four seconds.\n");
        Line(text, $"| | clients | metrics |\n|---|---|---|");
        foreach (var (name, client, server) in Counts())
        {
            Line(text, $"| {name} | {client:0} | {server:0} |");
        }

        Line(text, $"\n{(Holds ? "Holds." : "DOES NOT HOLD.")}");
        return text.ToString();
    }

    private IEnumerable<(string What, double Client, double Server)> Counts()
    {
        foreach (var (series, value) in end.Where(static series => series.Key.StartsWith("egress_requests_total", StringComparison.Ordinal)))
        {
            var status = series.Split('"')[1];
            var met = int.TryParse(status, CultureInfo.InvariantCulture, out var number) ? clients.Statuses.GetValueOrDefault(number) : 0;
            if (met > 0 || value > 0)
            {
                yield return ($"answers {status}", met, value);
            }
        }

        yield return ("archives that arrived whole", clients.Completed, end["egress_downloads_total{status=\"completed\"}"]);
        yield return ("archives that broke off", clients.Failed, end["egress_downloads_total{status=\"failed\"}"]);
        yield return ("downloads active at the end", 0, end["egress_active_downloads"]);
    }

    private Part Between(TimeSpan from, TimeSpan to)
    {
        var samples = observer.Samples.Where(sample => sample.At >= from && sample.At < to).ToList();
        var memory = samples.Select(static sample => sample.ResidentBytes).Order().ToList();
        var heap = samples.Select(static sample => (long)sample.Heap).Order().ToList();
        return new Part(memory[memory.Count / 2], memory[^1], heap[heap.Count / 2], samples.Max(static sample => sample["egress_active_downloads"]));
    }

    private static string Mebi(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0} MiB");

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>The memory and the downloads in a part of the test, usually some minutes.</summary>
    private sealed record Part(long Median, long Max, long Heap, double Active);
}
