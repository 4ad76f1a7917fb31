using System.Globalization;

namespace Egress.Benchmarks.Report;

/// <summary>The measured values of one quantity in several rounds.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    /// <summary>Whether no value was measured.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>The median; NaN without values.</summary>
    public double Median
    {
        get
        {
            if (IsEmpty)
            {
                return double.NaN;
            }

            var sorted = _values.Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>The smallest value; NaN without values.</summary>
    public double Min => IsEmpty ? double.NaN : _values.Min();

    /// <summary>The largest value; NaN without values.</summary>
    public double Max => IsEmpty ? double.NaN : _values.Max();

    /// <summary>Returns an amount divided by each value, which turns times into rates.</summary>
    public Samples Per(double amount)
    {
        var rates = new Samples();
        foreach (var value in _values)
        {
            rates.Add(amount / value);
        }

        return rates;
    }

    /// <summary>Returns each value multiplied by a factor, for example to turn seconds into microseconds.</summary>
    public Samples Times(double factor)
    {
        var scaled = new Samples();
        foreach (var value in _values)
        {
            scaled.Add(value * factor);
        }

        return scaled;
    }

    public void Add(double value) => _values.Add(value);

    /// <summary>Formats the median, with the smallest and the largest value.</summary>
    public override string ToString() => IsEmpty
        ? "–"
        : _values.Count == 1 ? Number(Median) : $"{Number(Median)} ({Number(Min)}–{Number(Max)})";

    /// <summary>Formats a number with about three digits.</summary>
    public static string Number(double value) => double.IsNaN(value)
        ? "–"
        : value.ToString(Math.Abs(value) switch { >= 99.95 => "0", >= 9.995 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
