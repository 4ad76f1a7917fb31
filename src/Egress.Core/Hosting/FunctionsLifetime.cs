using Egress.Downloads;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Hosting;

/// <summary>
/// Logs warnings about settings when the worker starts, and aborts downloads when it stops. The host drains before it sends the stop message, and kills the
/// process seconds later. Downloads that are still active are therefore aborted immediately, to leave time for their reports.
/// </summary>
internal sealed partial class FunctionsLifetime(
    DownloadGate gate, IHostApplicationLifetime application, EgressSettings settings, ILogger<FunctionsLifetime> logger) : IHostedService, IDisposable
{
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var warning in settings.Warnings.Concat(settings.SecurityWarnings))
        {
            SettingWarning(warning);
        }

        _stopping = application.ApplicationStopping.Register(Stop);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    private void Stop()
    {
        if (gate.Active is > 0 and var active)
        {
            Interrupting(active);
        }

        gate.Interrupt();
    }

    [LoggerMessage(6100, LogLevel.Warning, "Settings: {Warning}")]
    private partial void SettingWarning(string warning);

    [LoggerMessage(6101, LogLevel.Warning, "Shutting down: {Active} downloads are aborted")]
    private partial void Interrupting(int active);
}
