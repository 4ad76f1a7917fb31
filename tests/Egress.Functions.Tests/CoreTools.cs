using System.Globalization;
using System.Net;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;

namespace Egress.Functions.Tests;

/// <summary>The published app under the real host, as Azure Functions Core Tools (<c>func</c>) start it.</summary>
internal static class CoreTools
{
    /// <summary>Environment variable with the folder that the app was published to; <c>tests/functions-e2e.sh</c> sets it.</summary>
    private const string Variable = "EGRESS_TEST_FUNCTIONS_APP";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <summary>Skips the running test where there are no Core Tools, or fails it where <c>EGRESS_REQUIRE</c> lists <c>func</c>.</summary>
    public static (Executable Func, string App) Require()
    {
        var func = Executable.Require("func");
        var app = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(app))
        {
            Requirement.Missing("func", $"{Variable} names no published app: tests/functions-e2e.sh publishes and tests it");
        }

        return (func, app);
    }

    /// <summary>Starts the host on a site. It ends with the test process.</summary>
    /// <param name="site">Records and files.</param>
    /// <param name="storage">The account of the host.</param>
    /// <param name="settings">Application settings on top of the site's.</param>
    public static async Task<(DownloadHost Host, ChildProcess Process)> StartAsync(
        DownloadSite site, AzuriteServer storage, params (string Name, string Value)[] settings)
    {
        var (func, app) = Require();
        var port = FreePort.Next();
        var environment = site.Settings.ToDictionary(s => s.Key, s => (string?)s.Value);
        environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        environment["AzureWebJobsStorage"] = storage.ConnectionString;
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var process = await ChildProcess.StartAsync(func, new ExecutableRun
        {
            Arguments = ["start", "--port", port.ToString(CultureInfo.InvariantCulture)],
            WorkingDirectory = app,
            Environment = environment,
        }, UnixSignal.Interrupt);
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Timeout.InfiniteTimeSpan };
        await UntilItAnswersAsync(client, process);
        return (new DownloadHost(client, site), process);
    }

    /// <summary>The host says nothing that could be waited for when its functions can be reached.</summary>
    private static async Task UntilItAnswersAsync(HttpClient client, ChildProcess process)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!process.Exited.IsCompleted && !limit.IsCancellationRequested)
        {
            try
            {
                using var response = await client.GetAsync("/health", limit.Token);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await pause.WaitForNextTickAsync(CancellationToken.None);
        }

        throw new InvalidOperationException($"The host did not come up within {StartLimit}.\n{process.Log}");
    }
}
