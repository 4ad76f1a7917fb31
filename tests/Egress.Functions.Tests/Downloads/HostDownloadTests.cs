using System.Net;
using Egress.TestKit.Downloads;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Functions.Tests.Downloads;

/// <summary>Runs the tests of downloads on the published Functions app in the real host, over a real socket.</summary>
[Collection(nameof(RealHost))]
[Trait(CoreTools.Trait, CoreTools.Func)]
public sealed class HostDownloadTests : DownloadContract
{
    private static Task<DownloadHost>? _host;

    /// <summary>
    /// The allowed statuses include that of the host, which requires a function key before Egress gets the request. Core Tools let every request pass,
    /// unless authentication is enabled.
    /// </summary>
    protected override IReadOnlyList<HttpStatusCode> LinksWithoutApiKey => [HttpStatusCode.NotFound, HttpStatusCode.Unauthorized];

    protected override Task<DownloadHost> HostAsync()
    {
        CoreTools.Require();
        return _host ??= StartAsync();
    }

    private static async Task<DownloadHost> StartAsync() => (await CoreTools.StartAsync(await LocalBackends.CreateAsync(RequestTimeout), await AzuriteServer.GetAsync())).Host;
}
