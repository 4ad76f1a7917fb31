using Egress.TestKit.Downloads;

namespace Egress.Functions.Tests;

/// <summary>The published Functions app under the real host, over a real socket.</summary>
public sealed class HostDownloadTests : DownloadContract
{
    private static Task<DownloadHost>? _host;

    protected override Task<DownloadHost> HostAsync()
    {
        var (func, app) = CoreTools.Require();
        return _host ??= CoreTools.StartAsync(func, app, new DownloadSite());
    }
}
