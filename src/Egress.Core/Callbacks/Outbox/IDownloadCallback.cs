using Egress.Downloads;

namespace Egress.Callbacks.Outbox;

/// <summary>The callback of one response that runs.</summary>
internal interface IDownloadCallback : IAsyncDisposable
{
    /// <summary>Reports how the response ended. Never throws for a queue or database that fails.</summary>
    Task EndAsync(DownloadOutcome outcome);
}
