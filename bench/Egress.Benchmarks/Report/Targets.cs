namespace Egress.Benchmarks.Report;

/// <summary>The targets and the measured values.</summary>
internal sealed class Targets
{
    private readonly MarkdownTable _table = new("Target", "Wanted", "Measured", "Held");

    /// <summary>Adds a value with a lower limit.</summary>
    public void AtLeast(string what, double wanted, double measured, string unit = "×") =>
        Add(what, $"≥ {Samples.Number(wanted)} {unit}", measured, unit, measured >= wanted, measured / wanted);

    /// <summary>Adds a value with an upper limit.</summary>
    public void AtMost(string what, double wanted, double measured, string unit = "×") =>
        Add(what, $"≤ {Samples.Number(wanted)} {unit}", measured, unit, measured <= wanted, measured / wanted);

    public override string ToString() => _table.ToString();

    private void Add(string what, string wanted, double measured, string unit, bool held, double share)
    {
        var verdict = double.IsNaN(measured) ? "not measured" : held ? "yes" : $"**no**: {Samples.Number(share * 100)} % of it";
        _table.Add(what, wanted, double.IsNaN(measured) ? "–" : $"{Samples.Number(measured)} {unit}", verdict);
    }
}
