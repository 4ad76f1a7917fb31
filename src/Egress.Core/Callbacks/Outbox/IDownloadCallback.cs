using Egress.Downloads;

namespace Egress.Callbacks.Outbox;

/// <summary>The callback of a running response.</summary>
internal interface IDownloadCallback : IAsyncDisposable
{
    /// <summary>Reports how the response ended. Does not throw if queue or database fail.</summary>
    Task EndAsync(DownloadOutcome outcome);
}
