using Egress.Downloads;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>
/// Runs the work that remains after the last byte of a response: puts callbacks on the queue, and stores checksums and the use of links. The plain
/// server starts this class as a service, and its requests do not wait for this work, so that a slow database does not delay clients. In the
/// Functions app, requests wait for this work, because an instance without a running function may be stopped at any time. Safe for concurrent use.
/// </summary>
internal sealed partial class ResponseTails(ILogger<ResponseTails> logger) : IHostedService
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private bool _isDetached;

    /// <summary>Runs the remaining work of a response.</summary>
    /// <param name="slot">The slot of the download. It is kept until the work has ended, because a shutdown waits for slots.</param>
    /// <param name="tail">The work.</param>
    /// <returns>A task for which the request must wait. In the plain server it is already completed.</returns>
    public Task RunAsync(DownloadSlot slot, Func<Task> tail)
    {
        lock (_lock)
        {
            if (_isDetached)
            {
                var running = RunDetachedAsync(tail);
                _running.Add(running);
                slot.LeaveAfter(running);
                _ = ForgetAsync(running);
                return Task.CompletedTask;
            }
        }

        return tail();
    }

    /// <summary>Makes requests stop waiting for the remaining work.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isDetached = true;
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits for the remaining work until the host's shutdown timeout. Requests that end later wait for their own work.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task all;
        lock (_lock)
        {
            _isDetached = false;
            all = Task.WhenAll(_running);
        }

        await all.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunDetachedAsync(Func<Task> tail)
    {
        // The work continues on another thread, so that the request does not wait even if a database driver blocks the calling thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await tail();
        }
        catch (Exception defect)
        {
            Broke(defect);
        }
    }

    private async Task ForgetAsync(Task running)
    {
        await running;
        lock (_lock)
        {
            _running.Remove(running);
        }
    }

    [LoggerMessage(1091, LogLevel.Error, "The work after a download failed because of a fault in Egress")]
    private partial void Broke(Exception defect);
}
