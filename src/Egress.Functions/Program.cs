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
    // The host logs a line as an error if it contains the word "error". It logs other lines as information, which is often switched off.
    foreach (var line in failure.Message.Split('\n'))
    {
        await Console.Error.WriteLineAsync($"error: {line.TrimEnd()}");
    }

    return 1;
}

/// <summary>The entry point of the Functions app.</summary>
public partial class Program
{
    /// <summary>Builds the app.</summary>
    /// <param name="args">The command line, which contains the address of the host.</param>
    /// <param name="source">The source of the settings.</param>
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
