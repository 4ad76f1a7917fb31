using System.CommandLine;
using Egress.Server.Hosting;

namespace Egress.Server.Commands;

/// <summary><c>health</c>: requests the health of the server on this machine. Made for container images without a shell or curl.</summary>
internal static class HealthCommand
{
    /// <summary>The time limit of the request, for use outside of containers. Health checks of containers have a shorter limit of their own.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Command Create(Option<string?> config)
    {
        var command = new Command("health", "Check the health of the server on this machine; ends with 0 when it answers requests.");
        command.SetAction((result, cancellationToken) => AskAsync(result.GetValue(config), result.InvocationConfiguration, cancellationToken));
        return command;
    }

    private static async Task<int> AskAsync(string? configFile, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var server = ServerSettingsLoader.Read(configFile).Server;
        var address = new Uri($"{(server.Tls is null ? "http" : "https")}://127.0.0.1:{server.Port}/health");

        // The certificate is not checked, because it is issued for another name than 127.0.0.1. The request contains no secret.
        using var handler = new HttpClientHandler { UseProxy = false, ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler) { Timeout = Limit };
        try
        {
            using var answer = await client.GetAsync(address, cancellationToken);
            await console.Output.WriteLineAsync(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await console.Error.WriteLineAsync($"{address}: {failure.Message}");
            return 1;
        }
    }
}
