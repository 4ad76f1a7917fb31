using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;

namespace Egress.Functions.Tests;

/// <summary>Starts the published app on records and files of a test.</summary>
internal static class WorkerApp
{
    /// <summary>Starts the app.</summary>
    /// <param name="site">Records and files.</param>
    /// <param name="settings">Application settings in addition to those of the site.</param>
    public static Task<WorkerHost> StartAsync(DownloadSite site, params (string Name, string Value)[] settings) =>
        WorkerHost.StartAsync(Settings(site, settings));

    /// <summary>The application settings that <see cref="StartAsync"/> gives to the app.</summary>
    public static Dictionary<string, string> Settings(DownloadSite site, params (string Name, string Value)[] settings)
    {
        var all = site.Settings.ToDictionary();
        all["AzureWebJobsStorage"] = "UseDevelopmentStorage=true";
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return all;
    }
}
