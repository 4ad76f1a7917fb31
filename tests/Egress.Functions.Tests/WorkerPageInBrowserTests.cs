using Egress.TestKit.Downloads;

namespace Egress.Functions.Tests;

/// <summary>Runs the tests of the web pages in Chromium on the published Functions app.</summary>
public sealed class WorkerPageInBrowserTests : BrowserContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync();
        return new DownloadHost((await WorkerApp.StartAsync(backends, [.. Settings, ("PAGE_ACCENT_COLOR", "#ffd400")])).Client, backends);
    }
}
