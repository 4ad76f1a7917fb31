using Egress.Downloads;

namespace Egress.Callbacks.Outbox;

/// <summary>The callback of one running response.</summary>
internal interface IDownloadCallback : IAsyncDisposable
{
    /// <summary>Reports how the response ended. Does not throw if the queue or the database fails.</summary>
    Task EndAsync(DownloadOutcome outcome);
}
