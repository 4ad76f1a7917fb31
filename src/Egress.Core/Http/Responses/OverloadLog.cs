using Egress.Downloads;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Responses;

/// <summary>
/// Logs refusals that clients can cause in any number. Logs the first refusal with a reason immediately, and the number of further ones once a
/// minute, so that a flood of requests does not cause a flood of log lines. Safe for concurrent use.
/// </summary>
internal sealed class OverloadLog(ILogger logger, TimeProvider time) : IDisposable
{
    /// <summary>The interval at which the number of refusals is logged.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Window[] _windows = [.. Enum.GetValues<RejectionReason>().Select(reason => new Window(reason, logger, time))];

    /// <summary>Logs or counts a refusal.</summary>
    public void Add(Rejection rejection)
    {
        if (!_windows[(int)rejection.Reason].TryCount())
        {
            logger.Refused(rejection.Reason, rejection.Detail ?? ProblemTable.For(rejection).Detail);
        }
    }

    /// <summary>Logs the counts so far.</summary>
    public void Dispose() => Array.ForEach(_windows, static window => window.Dispose());

    /// <summary>The interval after a logged line in which further refusals with the same reason are only counted.</summary>
    private sealed class Window(RejectionReason reason, ILogger logger, TimeProvider time) : IDisposable
    {
        private readonly Lock _lock = new();
        private ITimer? _timer;
        private bool _isOpen;
        private bool _isDisposed;
        private int _count;

        /// <summary>Counts a refusal.</summary>
        /// <returns>False if the refusal opens the window, and must be logged.</returns>
        public bool TryCount()
        {
            lock (_lock)
            {
                if (_isOpen)
                {
                    _count++;
                    return true;
                }

                _isOpen = !_isDisposed;
                if (_isOpen)
                {
                    _timer ??= time.CreateTimer(static window => ((Window)window!).End(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    _timer.Change(Interval, Timeout.InfiniteTimeSpan);
                }

                return false;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (_lock)
            {
                _isDisposed = true;
                _timer?.Dispose();
            }

            LogCount(goesOn: false);
        }

        private void End()
        {
            lock (_lock)
            {
                if (_isDisposed)
                {
                    return;
                }
            }

            LogCount(goesOn: true);
        }

        private void LogCount(bool goesOn)
        {
            int count;
            lock (_lock)
            {
                (count, _count) = (_count, 0);
                _isOpen = goesOn && count > 0 && !_isDisposed;
                if (_isOpen)
                {
                    _timer!.Change(Interval, Timeout.InfiniteTimeSpan);
                }
            }

            if (count > 0)
            {
                logger.RefusedMore(reason, count);
            }
        }
    }
}
