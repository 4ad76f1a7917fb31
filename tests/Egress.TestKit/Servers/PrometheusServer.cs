using System.Globalization;
using System.Text.Json;
using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>A Prometheus server that scrapes its targets every second. Tests query it through its HTTP API.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client;
    private readonly int _port = FreePort.Next();
    private ChildProcess? _process;

    private PrometheusServer() => _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };

    /// <summary>Starts Prometheus. Skips the test if it is not installed.</summary>
    /// <param name="targets">Host and port of each target, with the name of its job.</param>
    public static async Task<PrometheusServer> StartAsync(params (string Job, string Target)[] targets)
    {
        var program = Executable.Require("prometheus");
        var server = new PrometheusServer();
        var jobs = targets.Select(static target => $"  - job_name: {target.Job}\n    static_configs: [{{ targets: ['{target.Target}'] }}]\n");
        var configuration = $"global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n{string.Concat(jobs)}";
        await File.WriteAllTextAsync(server._folder["prometheus.yml"], configuration);
        server._process = await ChildProcess.StartAsync(program, new ExecutableRun
        {
            Arguments =
            [
                $"--config.file={server._folder["prometheus.yml"]}", $"--storage.tsdb.path={server._folder["data"]}",
                $"--web.listen-address=127.0.0.1:{server._port}",
            ],
        });
        await server._process.WaitForLineAsync("Server is ready to receive web requests", StartLimit);
        return server;
    }

    /// <summary>Returns the Egress series of a job: the value by name and labels, as in the text format.</summary>
    /// <param name="job">Name of the job.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<IReadOnlyDictionary<string, double>> ReadAsync(string job, CancellationToken cancellationToken)
    {
        var series = await QueryAsync($$"""{__name__=~"egress_.*",job="{{job}}"}""", cancellationToken);
        return series
            .Select(static one => KeyValuePair.Create(NameOf(one.GetProperty("metric")), Value(one)))
            .Where(static one => !one.Key.Contains("_created", StringComparison.Ordinal)) // in OpenMetrics, the time when a series was created
            .ToDictionary();
    }

    /// <summary>Waits until the series fulfill a condition.</summary>
    /// <param name="job">Name of the job.</param>
    /// <param name="wanted">Returns whether the series fulfill the condition.</param>
    /// <param name="what">Description of the condition for the error message.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The series that fulfill the condition.</returns>
    public Task<IReadOnlyDictionary<string, double>> UntilAsync(
        string job, Func<IReadOnlyDictionary<string, double>, bool> wanted, string what, CancellationToken cancellationToken) =>
        Eventually.UntilAsync(() => ReadAsync(job, cancellationToken), wanted, what, static shown => string.Join('\n', shown.Where(s => s.Value != 0)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _folder.DisposeAsync();
    }

    private async Task<IReadOnlyList<JsonElement>> QueryAsync(string query, CancellationToken cancellationToken)
    {
        var answer = JsonElement.Parse(await _client.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}", cancellationToken));
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    private static double Value(JsonElement series) => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);

    private static string NameOf(JsonElement metric)
    {
        var labels = metric.EnumerateObject()
            .Where(static label => label.Name is not ("__name__" or "job" or "instance"))
            .OrderBy(static label => label.Name, StringComparer.Ordinal)
            .Select(static label => $"{label.Name}=\"{label.Value.GetString()}\"");
        var name = metric.GetProperty("__name__").GetString();
        return string.Join(',', labels) is { Length: > 0 } text ? $"{name}{{{text}}}" : name!;
    }
}
