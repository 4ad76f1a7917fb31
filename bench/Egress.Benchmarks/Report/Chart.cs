using System.Globalization;
using System.Text;

namespace Egress.Benchmarks.Report;

/// <summary>A line chart as SVG. Both axes are logarithmic, so that proportional growth is a straight line at 45 degrees.</summary>
/// <param name="title">The title above the chart.</param>
/// <param name="across">Name of the horizontal axis.</param>
/// <param name="up">Name of the vertical axis.</param>
internal sealed class Chart(string title, string across, string up)
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Left = 70;
    private const int Right = 150;
    private const int Top = 40;
    private const int Bottom = 50;

    private static readonly string[] Colors = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700"];

    private readonly List<(string Name, List<(double X, double Y)> Points)> _series = [];

    /// <summary>Adds a line.</summary>
    /// <param name="name">Name of the line.</param>
    /// <param name="points">The points of the line. All values must be positive.</param>
    public void Add(string name, IEnumerable<(double X, double Y)> points) =>
        _series.Add((name, [.. points.Where(static point => point.X > 0 && point.Y > 0)]));

    public override string ToString()
    {
        var points = _series.SelectMany(static line => line.Points).ToList();
        var x = new Scale(points.Select(static point => point.X), Left, Width - Right);
        var y = new Scale(points.Select(static point => point.Y), Height - Bottom, Top);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" fill="#ffffff"/>""").Append('\n');
        Text(svg, Left, 22, title, "start", "bold");
        Text(svg, (Left + Width - Right) / 2.0, Height - 12, across, "middle");
        Text(svg, 8, Top - 4, up, "start");
        foreach (var tick in x.Ticks)
        {
            Line(svg, x.Of(tick), Top, x.Of(tick), Height - Bottom, "#d0d7de");
            Text(svg, x.Of(tick), Height - Bottom + 16, Short(tick), "middle");
        }

        foreach (var tick in y.Ticks)
        {
            Line(svg, Left, y.Of(tick), Width - Right, y.Of(tick), "#d0d7de");
            Text(svg, Left - 6, y.Of(tick) + 4, Short(tick), "end");
        }

        for (var i = 0; i < _series.Count; i++)
        {
            Draw(svg, i, x, y);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Writes the picture.</summary>
    /// <param name="folder">Folder for pictures; null for none.</param>
    /// <param name="name">Name of the file.</param>
    public async Task SaveAsync(string? folder, string name)
    {
        if (folder is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(folder).FullName, name), ToString());
        }
    }

    private void Draw(StringBuilder svg, int index, Scale x, Scale y)
    {
        var (name, points) = _series[index];
        var color = Colors[index % Colors.Length];
        svg.Append(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="{color}" stroke-width="2" points="{string.Join(' ', points.Select(Place))}"/>""").Append('\n');
        foreach (var (px, py) in points)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<circle cx="{x.Of(px):0.0}" cy="{y.Of(py):0.0}" r="3" fill="{color}"/>""").Append('\n');
        }

        Text(svg, Width - Right + 10, Top + 12 + (index * 18), name, "start", color: color);

        string Place((double X, double Y) point) => string.Create(CultureInfo.InvariantCulture, $"{x.Of(point.X):0.0},{y.Of(point.Y):0.0}");
    }

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string color) => svg.Append(
        CultureInfo.InvariantCulture, $"""<line x1="{x1:0.0}" y1="{y1:0.0}" x2="{x2:0.0}" y2="{y2:0.0}" stroke="{color}"/>""").Append('\n');

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string weight = "normal", string color = "#1f2328") => svg.Append(
        CultureInfo.InvariantCulture,
        $"""<text x="{x:0.0}" y="{y:0.0}" text-anchor="{anchor}" font-weight="{weight}" fill="{color}">{System.Security.SecurityElement.Escape(text)}</text>""").Append('\n');

    private static string Short(double value) => value switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e3 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    /// <summary>A logarithmic scale between two positions in the picture, with a tick at each power of ten.</summary>
    private sealed class Scale
    {
        private readonly double _from;
        private readonly double _to;
        private readonly double _start;
        private readonly double _end;

        public Scale(IEnumerable<double> values, double start, double end)
        {
            var logs = values.Select(Math.Log10).DefaultIfEmpty(0).ToList();
            (_from, _to) = (Math.Floor(logs.Min()), Math.Ceiling(logs.Max() + 1e-9));
            (_start, _end) = (start, end);
        }

        public IEnumerable<double> Ticks => Enumerable.Range((int)_from, (int)(_to - _from) + 1).Select(static power => Math.Pow(10, power));

        public double Of(double value) => _start + ((_end - _start) * (Math.Log10(value) - _from) / Math.Max(1, _to - _from));
    }
}
