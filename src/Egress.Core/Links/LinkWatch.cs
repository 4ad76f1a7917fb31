using Egress.Downloads;
using Egress.Downloads.Streaming;
using Egress.Records.Links;
using Microsoft.Extensions.Logging;

namespace Egress.Links;

/// <summary>
/// Ends running transfers of revoked links. The process that revokes a link ends its own transfers immediately; other processes do so at their next
/// check. Checks run only while there are transfers. Safe for concurrent use.
/// </summary>
internal sealed partial class LinkWatch(ILinkStore links, TimeProvider time, ILogger<LinkWatch> logger)
{
    /// <summary>The interval at which a process checks whether links of its transfers are revoked.</summary>
    internal static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<DownloadLifetime>> _running = new(StringComparer.Ordinal);
    private bool _isWatching;
    private bool _failed;

    /// <summary>Registers a transfer, which is ended if its link is revoked. Disposing the result removes it.</summary>
    /// <param name="recordId">Id of the record, as the store prints it.</param>
    /// <param name="lifetime">Ends the transfer.</param>
    public IDisposable Watch(string recordId, DownloadLifetime lifetime)
    {
        var begins = false;
        lock (_lock)
        {
            if (!_running.TryGetValue(recordId, out var transfers))
            {
                _running.Add(recordId, transfers = []);
            }

            transfers.Add(lifetime);
            (begins, _isWatching) = (!_isWatching, true);
        }

        if (begins)
        {
            _ = WatchAsync();
        }

        return new Transfer(this, recordId, lifetime);
    }

    /// <summary>Ends the transfers of a link in this process.</summary>
    public void End(string recordId)
    {
        List<DownloadLifetime> transfers;
        lock (_lock)
        {
            transfers = [.. _running.GetValueOrDefault(recordId, [])];
        }

        transfers.ForEach(static transfer => transfer.End(FailureReason.LinkRevoked));
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        while (await timer.WaitForNextTickAsync())
        {
            string[] ids;
            lock (_lock)
            {
                ids = [.. _running.Keys];
                if (ids.Length == 0)
                {
                    _isWatching = false;
                    return;
                }
            }

            await CheckAsync(ids);
        }
    }

    /// <summary>Ends the transfers of those links that are revoked. Catches every exception, because no failure may stop later checks.</summary>
    private async Task CheckAsync(string[] ids)
    {
        try
        {
            foreach (var id in await links.FindRevokedAsync(ids, CancellationToken.None))
            {
                End(id);
            }

            _failed = false;
        }
        catch (Exception failure)
        {
            // Transfers continue although the check failed, because they were allowed when they started.
            if (!_failed)
            {
                CheckFailed(failure);
            }

            _failed = true;
        }
    }

    private void Remove(string recordId, DownloadLifetime lifetime)
    {
        lock (_lock)
        {
            if (_running.TryGetValue(recordId, out var transfers) && transfers.Remove(lifetime) && transfers.Count == 0)
            {
                _running.Remove(recordId);
            }
        }
    }

    [LoggerMessage(1104, LogLevel.Warning, "It cannot be checked whether links of running downloads were revoked; the downloads continue")]
    private partial void CheckFailed(Exception exception);

    private sealed class Transfer(LinkWatch watch, string recordId, DownloadLifetime lifetime) : IDisposable
    {
        public void Dispose() => watch.Remove(recordId, lifetime);
    }
}
