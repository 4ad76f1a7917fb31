using Egress.Core.Tests.Settings;
using Egress.Settings;
using Egress.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Xunit;

namespace Egress.Core.Tests.Health;

/// <summary>The registered health checks, and the metrics that show their results.</summary>
public sealed class HealthComponentsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_registered_check_has_a_metric(bool server)
    {
        var settings = TestSettings.Read(server ? HostProfile.Server : HostProfile.Functions, TestSettings.Database);
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        var metrics = services.GetRequiredService<EgressMetrics>();

        var checks = services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(check => check.Name).ToList();

        Assert.Equal(["callbacks", "database", "storage", "zip"], checks.Order());
        Assert.All(checks, check => metrics.HealthChecked(check, healthy: true));
    }
}
