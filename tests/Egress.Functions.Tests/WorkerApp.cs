using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;

namespace Egress.Functions.Tests;

/// <summary>Starts the published app with the records and files of a test.</summary>
internal static class WorkerApp
{
    /// <summary>Starts the app.</summary>
    /// <param name="backends">The records and files.</param>
    /// <param name="settings">Further application settings.</param>
    public static Task<WorkerHost> StartAsync(LocalBackends backends, params (string Name, string Value)[] settings) =>
        WorkerHost.StartAsync(Settings(backends, settings));

    /// <summary>Returns the application settings that <see cref="StartAsync"/> passes to the app.</summary>
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
