using System.Runtime.InteropServices;
using Egress.Downloads;
using Egress.Hosting;

namespace Egress.Server.Hosting;

/// <summary>
/// Shuts the process down without breaking downloads. After SIGTERM or Ctrl+C the server answers 503 to new downloads and to <c>/ready</c>, and
/// running downloads continue. The process exits after the last of them. After <c>SHUTDOWN_TIMEOUT</c>, or at a second signal, the remaining
/// downloads are aborted.
/// </summary>
internal sealed partial class DrainingLifetime : IHostLifetime, IDisposable
{
    /// <summary>How long the process waits for aborted requests.</summary>
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(5);

    private readonly DownloadGate _gate;
    private readonly IHostApplicationLifetime _application;
    private readonly ServerOptions _options;
    private readonly ILogger<DrainingLifetime> _logger;
    private readonly List<IDisposable> _registrations = [];

    // The source is not disposed. Its timer can fire while the host is disposed, and an exception in a timer ends the process.
    private readonly CancellationTokenSource _abort;
    private readonly ITimer _deadline;

    public DrainingLifetime(
        DownloadGate gate, IHostApplicationLifetime application, ServerOptions options, TimeProvider time, ILogger<DrainingLifetime> logger)
    {
        (_gate, _application, _options, _logger) = (gate, application, options, logger);
        _abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _deadline = time.CreateTimer(_ => Interrupt(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Canceled when connections and background work must end. Until then a slow client can receive the rest of a download that Egress has finished
    /// writing.
    /// </summary>
    public CancellationToken Abort => _abort.Token;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        _gate.Drained += _application.StopApplication;

        // The event is also raised when failed background work stops the host.
        _registrations.Add(_application.ApplicationStopping.Register(StartDeadline));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate.Drained -= _application.StopApplication;
        _registrations.ForEach(static registration => registration.Dispose());
        _deadline.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_gate.IsDraining)
        {
            Interrupt();
            return;
        }

        StartDeadline();
        if (_gate.Active == 0)
        {
            _application.StopApplication();
        }
        else
        {
            Draining(_gate.Active, _options.ShutdownTimeout);
        }
    }

    private void StartDeadline()
    {
        if (_gate.IsDraining)
        {
            return;
        }

        _gate.Drain();
        if (_options.ShutdownTimeout > TimeSpan.Zero)
        {
            _deadline.Change(_options.ShutdownTimeout, Timeout.InfiniteTimeSpan);
        }
        else
        {
            Interrupt();
        }
    }

    private void Interrupt()
    {
        if (_gate.Active > 0)
        {
            Interrupting(_gate.Active);
        }

        _gate.Interrupt();
        _abort.CancelAfter(AbortLimit);
        _application.StopApplication();
    }

    [LoggerMessage(6001, LogLevel.Information, "Draining: {Active} downloads may continue for {Limit}, and new ones are refused")]
    private partial void Draining(int active, TimeSpan limit);

    [LoggerMessage(6002, LogLevel.Warning, "Shutting down: {Active} downloads are aborted")]
    private partial void Interrupting(int active);
}
