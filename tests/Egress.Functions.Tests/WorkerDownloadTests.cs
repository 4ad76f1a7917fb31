using AzureFunctions.TestFramework.Core;
using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>The Functions app in the real worker, in memory.</summary>
public sealed class WorkerDownloadTests(WorkerDownloadTests.Worker worker) : DownloadContract, IClassFixture<WorkerDownloadTests.Worker>
{
    protected override Task<DownloadHost> HostAsync() => Task.FromResult(worker.Host);

    /// <summary>The worker of all tests of the class. It ends with them, because of what <see cref="Alone"/> says.</summary>
    public sealed class Worker : IAsyncLifetime
    {
        private IFunctionsTestHost? _host;

        public DownloadHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var site = await DownloadSite.CreateAsync();
            (_host, var client) = await WorkerInMemory.StartAsync(site);
            Host = new DownloadHost(client, site);
        }

        public async ValueTask DisposeAsync()
        {
            await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (Host?.Site.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
