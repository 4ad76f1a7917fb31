using Egress.Downloads;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>
/// Runs what is left to do after the last byte of a response: callbacks are put on the queue; checksums and the use of links are stored. In the plain server, which
/// starts this as a service, the request does not wait for it, so that a slow database does not hold the connection of a client. In the Functions app it
/// does, because an instance without a running function may be stopped at any time. Safe for concurrent use.
/// </summary>
internal sealed partial class ResponseTails(ILogger<ResponseTails> logger) : IHostedService
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private bool _isDetached;

    /// <summary>Runs a tail.</summary>
    /// <param name="slot">The slot of the download. A shutdown waits for it, so it is kept until the tail has ended.</param>
    /// <param name="tail">What is to be done.</param>
    /// <returns>What the request waits for.</returns>
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

    /// <summary>From now on requests do not wait.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isDetached = true;
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits for tails within the time that the host allows. Requests that end later wait for their own.</summary>
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
        // Not on the thread of the request, even if a driver does all its work on the calling thread.
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

    [LoggerMessage(1091, LogLevel.Error, "What follows a download failed because of a fault in Egress")]
    private partial void Broke(Exception defect);
}
