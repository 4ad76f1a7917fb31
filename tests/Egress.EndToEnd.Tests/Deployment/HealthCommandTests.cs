using System.Globalization;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Tests of <c>Egress.Server health</c>, the health check for containers without a shell.</summary>
public sealed class HealthCommandTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_health_command_succeeds_only_while_the_server_serves(bool https)
    {
        await using var folder = new TempFolder();
        await TestCertificate.WriteAsync(folder["tls.crt"], folder["tls.key"]);
        (string, string?)[] settings = https
            ? [("ENABLE_HTTPS", "true"), ("TLS_CERT_FILE", folder["tls.crt"]), ("TLS_KEY_FILE", folder["tls.key"])]
            : [];
        await using var server = await EgressServer.StartAsync(settings);

        var healthy = await server.RunAsync("health");
        Assert.Contains("\"healthy\"", healthy.EnsureSuccess().Output, StringComparison.Ordinal);

        await server.Process.KillAsync();
        var gone = await server.RunAsync("health");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{(https ? "https" : "http")}://127.0.0.1:{server.Port}/health"), gone.Error, StringComparison.Ordinal);
    }
}
