using AzureFunctions.TestFramework.Core;
using AzureFunctions.TestFramework.Http;
using Egress.Settings;
using Egress.TestKit.Downloads;
using Microsoft.Extensions.Logging.Abstractions;

namespace Egress.Functions.Tests;

/// <summary>The app in the real worker, in this process and without a socket. A stand-in of the test framework plays the host.</summary>
internal static class WorkerInMemory
{
    /// <summary>Starts the app on a site.</summary>
    /// <param name="site">Records and files.</param>
    /// <param name="settings">Settings on top of the site's.</param>
    public static async Task<(IFunctionsTestHost Host, HttpClient Client)> StartAsync(DownloadSite site, params (string Name, string Value)[] settings)
    {
        var all = site.Settings.ToDictionary();
        all["AzureWebJobsStorage"] = "UseDevelopmentStorage=true";
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var host = await new FunctionsTestHostBuilder()
            .WithFunctionsAssembly(typeof(Download).Assembly)
            .WithHostApplicationBuilderFactory(args => Program.CreateBuilder(args, SettingSource.FromEnvironment(all)))
            .WithLoggerFactory(NullLoggerFactory.Instance)
            .BuildAndStartAsync();
        var client = host.CreateHttpClient();
        client.Timeout = Timeout.InfiniteTimeSpan;
        return (host, client);
    }
}
