using Egress.Backends;
using Egress.Functions;
using Egress.Hosting;
using Egress.Settings;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

try
{
    await Program.CreateBuilder(args).Build().RunAsync();
    return 0;
}
catch (Exception failure) when (failure is SettingsException or BackendException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}

/// <summary>The Functions app.</summary>
public partial class Program
{
    /// <summary>Builds the app with the settings of this process.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) =>
        CreateBuilder(args, SettingSource.FromEnvironment(SettingSource.ProcessEnvironment()));

    /// <summary>Builds the app.</summary>
    /// <param name="args">The command line, by which the host tells where it is.</param>
    /// <param name="source">Where the settings come from.</param>
    /// <exception cref="SettingsException">At least one setting is faulty.</exception>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args, SettingSource source)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddEgress(SettingsReader.Read(source, HostProfile.Functions)).AddFunctionsHost();
        builder.Services.AddSingleton<IFunctionMetadataTransformer, CallbackConnection>();
        return builder;
    }
}
