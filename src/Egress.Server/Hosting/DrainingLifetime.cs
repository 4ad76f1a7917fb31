using System.Runtime.InteropServices;
using Egress.Downloads;
using Egress.Hosting;

namespace Egress.Server.Hosting;

/// <summary>
/// Ends the process politely. After SIGTERM the server keeps accepting for <c>SHUTDOWN_TIMEOUT</c>, but answers 503 to new downloads
/// and to <c>/ready</c>, while running downloads go on; what still runs then is broken off. After Ctrl+C it ends as soon as nothing
/// runs, and a second signal ends in any case.
/// </summary>
internal sealed partial class DrainingLifetime(
    DownloadGate gate, IHostApplicationLifetime application, ServerOptions options, TimeProvider time, ILogger<DrainingLifetime> logger)
    : IHostLifetime, IDisposable
{
    private readonly List<IDisposable> _registrations = [];
    private ITimer? _deadline;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _deadline?.Dispose();
        _registrations.ForEach(static registration => registration.Dispose());
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        var again = gate.IsDraining;
        gate.Drain();
        if (context.Signal == PosixSignal.SIGINT)
        {
            gate.Drained += Stop;
        }

        if (again || (context.Signal == PosixSignal.SIGINT && gate.Active == 0) || options.ShutdownTimeout <= TimeSpan.Zero)
        {
            Stop();
            return;
        }

        Draining(gate.Active, options.ShutdownTimeout);
        _deadline = time.CreateTimer(_ => Stop(), null, options.ShutdownTimeout, Timeout.InfiniteTimeSpan);
    }

    private void Stop()
    {
        if (gate.Active > 0)
        {
            Interrupting(gate.Active);
        }

        gate.Interrupt();
        application.StopApplication();
    }

    [LoggerMessage(6001, LogLevel.Information, "Draining: {Active} downloads may go on for {Limit}, new ones are refused")]
    private partial void Draining(int active, TimeSpan limit);

    [LoggerMessage(6002, LogLevel.Warning, "Shutting down: {Active} downloads are broken off")]
    private partial void Interrupting(int active);
}
