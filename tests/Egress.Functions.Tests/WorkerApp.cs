using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;

namespace Egress.Functions.Tests;

/// <summary>Starts the published app on records and files of a test.</summary>
internal static class WorkerApp
{
    /// <summary>Starts the app.</summary>
    /// <param name="backends">Records and files.</param>
    /// <param name="settings">Application settings in addition to those of the backends.</param>
    public static Task<WorkerHost> StartAsync(LocalBackends backends, params (string Name, string Value)[] settings) =>
        WorkerHost.StartAsync(Settings(backends, settings));

    /// <summary>The application settings that <see cref="StartAsync"/> gives to the app.</summary>
    public static Dictionary<string, string> Settings(LocalBackends backends, params (string Name, string Value)[] settings)
    {
        var all = backends.Settings.ToDictionary();
        all["AzureWebJobsStorage"] = "UseDevelopmentStorage=true";
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return all;
    }
}
