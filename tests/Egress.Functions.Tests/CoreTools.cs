using System.Globalization;
using System.Net;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;

namespace Egress.Functions.Tests;

/// <summary>Runs the published app in the real host, which Azure Functions Core Tools (<c>func</c>) start.</summary>
internal static class CoreTools
{
    /// <summary>The name of the trait of tests that need the real host. <c>test.sh</c> does not run them; <c>tests/functions-e2e.sh</c> does.</summary>
    public const string Trait = "needs";

    /// <summary>The value of <see cref="Trait"/>.</summary>
    public const string Func = "func";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Finds Core Tools. If they are not installed, the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists <c>func</c>.</summary>
    public static Executable Require() => Executable.Require(Func);

    /// <summary>Starts the host with these records and files. The host exits with the test process.</summary>
    /// <param name="backends">The records and files.</param>
    /// <param name="storage">The storage account of the host.</param>
    /// <param name="settings">Further application settings.</param>
    public static async Task<(DownloadHost Host, ChildProcess Process)> StartAsync(
        LocalBackends backends, AzuriteServer storage, params (string Name, string Value)[] settings)
    {
        var (func, app) = (Require(), await PublishedApp.GetAsync());
        var port = FreePort.Next();
        var environment = backends.Settings.ToDictionary(s => s.Key, s => (string?)s.Value);
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
        return (new DownloadHost(client, backends), process);
    }

    /// <summary>Waits until the functions respond. The host does not log when they can be reached.</summary>
    /// <exception cref="InvalidOperationException">The functions did not respond within the limit. The message contains the host's log.</exception>
    private static async Task UntilItAnswersAsync(HttpClient client, ChildProcess process)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!process.Exited.IsCompleted && !limit.IsCancellationRequested)
        {
            if (await AnswersAsync(client))
            {
                return;
            }

            await pause.WaitForNextTickAsync(CancellationToken.None);
        }

        throw new InvalidOperationException($"The host did not start within {StartLimit}.\n{process.Log}");
    }

    /// <summary>
    /// Whether the app responds. Each request has a time limit of its own, because the host holds some requests for minutes while it starts.
    /// </summary>
    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        using var limit = new CancellationTokenSource(ProbeLimit);
        try
        {
            using var response = await client.GetAsync("/health", limit.Token);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
