using Egress;
using Egress.Backends;
using Egress.Functions;
using Egress.Hosting;
using Egress.Settings;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

try
{
    var settings = await KeyVaultReferences.ResolveAsync(SettingSource.ProcessEnvironment());
    await Program.CreateBuilder(args, SettingSource.FromEnvironment(settings)).Build().RunAsync();
    return 0;
}
catch (Exception failure) when (failure is SettingsException or BackendException)
{
    // The host logs a line as an error if it contains such a word. It logs all other lines as information, which is often switched off.
    foreach (var line in failure.Message.Split('\n'))
    {
        await Console.Error.WriteLineAsync($"error: {line.TrimEnd()}");
    }

    return 1;
}

/// <summary>The Functions app.</summary>
public partial class Program
{
    /// <summary>Builds the app.</summary>
    /// <param name="args">The command line, with the address of the host.</param>
    /// <param name="source">Where the settings come from.</param>
    /// <exception cref="SettingsException">At least one setting is faulty.</exception>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args, SettingSource source)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();

        // The host already logs each request.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddEgress(SettingsReader.Read(source, HostProfile.Functions)).AddFunctionsHost();
        builder.Services.AddSingleton<IFunctionMetadataTransformer, CallbackConnection>();
        return ApplicationInsights.IsConfigured(source) ? builder.AddApplicationInsights(source) : builder.AddWorkerConsole();
    }
}
