using System.Text.Json.Serialization;
using Egress.Callbacks;
using Egress.Downloads;

namespace Egress.Deliveries;

/// <summary>
/// The state of the delivery of one archive, which is identified by a record id and an <c>ETag</c>: the bytes that were sent, the responses that sent
/// them, and whether the end was reported. All instances share it, so every change must be safe to repeat
/// (docs/decisions/0010-delivered-intervals.md).
/// </summary>
internal sealed class Delivery
{
    /// <summary>Id of the record.</summary>
    public required string RecordId { get; init; }

    /// <summary>URL of the callback.</summary>
    public required string Url { get; init; }

    /// <summary>Length of the archive in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Number of files that were requested.</summary>
    public required int FilesRequested { get; init; }

    /// <summary>The numbers of the selected entries; null for the whole archive.</summary>
    public string? Selection { get; init; }

    /// <summary>Number of files that are left out of the archive because they do not exist.</summary>
    public required int FilesMissing { get; init; }

    /// <summary>Number of files that are left out of the archive because they cannot be read.</summary>
    public required int FilesUnavailable { get; init; }

    /// <summary>The bytes that were sent.</summary>
    [JsonIgnore]
    public ByteIntervals Served { get; private set; } = new();

    /// <summary>The bytes that were requested.</summary>
    [JsonIgnore]
    public ByteIntervals Asked { get; private set; } = new();

    /// <summary>The bytes that were sent, in the format of the store.</summary>
    [JsonPropertyName("served")]
    public IReadOnlyList<long> ServedNumbers
    {
        get => [.. Served.ToNumbers()];
        init => Served = ByteIntervals.FromNumbers(value);
    }

    /// <summary>The bytes that were requested, in the format of the store.</summary>
    [JsonPropertyName("asked")]
    public IReadOnlyList<long> AskedNumbers
    {
        get => [.. Asked.ToNumbers()];
        init => Asked = ByteIntervals.FromNumbers(value);
    }

    /// <summary>The responses that are running, or whose process died before it stored their end.</summary>
    public List<TrackedRange> Running { get; init; } = [];

    /// <summary>Number of complete files at the start of the archive, up to the first byte that was not sent.</summary>
    public int FilesAtStart { get; set; }

    /// <summary>Whether one of the requests was for the whole archive.</summary>
    public bool IsWholeAsked { get; set; }

    /// <summary>When the first request began.</summary>
    public required DateTimeOffset BeganAt { get; set; }

    /// <summary>When the last request began, or was last renewed.</summary>
    public required DateTimeOffset SeenAt { get; set; }

    /// <summary>Id of the last request.</summary>
    public string RequestId { get; set; } = "";

    /// <summary>The failure reason of the last response that failed.</summary>
    public FailureReason Reason { get; set; }

    /// <summary>
    /// Whether the end of this delivery was reported. Later responses are not reported until the whole archive is requested again. The stored name is
    /// historical.
    /// </summary>
    [JsonPropertyName("is_told")]
    public bool IsReported { get; set; }

    /// <summary>Callbacks that are possibly not on the queue yet. The stored name is historical.</summary>
    [JsonPropertyName("untold")]
    public List<CallbackMessage> Unsent { get; init; } = [];

    /// <summary>Until when one process has the exclusive right to put <see cref="Unsent"/> on the queue. The stored name is historical.</summary>
    [JsonPropertyName("telling_until")]
    public DateTimeOffset SendingUntil { get; set; }

    /// <summary>
    /// Whether the requests together are a transfer of the archive, and not only probes or single ranges: one was for the whole archive, or together
    /// they cover at least half of its bytes.
    /// </summary>
    [JsonIgnore]
    public bool IsTransfer => IsWholeAsked || Asked.Total >= Length - Asked.Total;

    /// <summary>Records the start of a response that may take long.</summary>
    public void Begin(TrackedRange range, string requestId, DateTimeOffset now)
    {
        if (IsReported && range.IsWhole)
        {
            StartAgain(now);
        }

        if (IsReported || Running.Exists(other => other.Id == range.Id))
        {
            return;
        }

        for (var i = 0; i < Running.Count; i++)
        {
            if (Running[i] is var other && other.From + other.Sent < range.From && range.From < other.To)
            {
                Running[i] = other with { ResumedAt = Math.Min(other.ResumedAt ?? long.MaxValue, range.From) };
            }
        }

        Running.Add(range with { SeenAt = now });
        Note(range, requestId, now);
    }

    /// <summary>Records that a response is still running.</summary>
    public void Renew(TrackedRange range, int filesSucceeded, string requestId, DateTimeOffset now)
    {
        Begin(range, requestId, now);
        var index = Running.FindIndex(other => other.Id == range.Id);
        if (index >= 0)
        {
            Running[index] = range with { SeenAt = now };
            SeenAt = now;
            Serve(range, filesSucceeded);
        }
    }

    /// <summary>Records the end of a response.</summary>
    /// <returns>The outcome to report; null if the delivery is not reported now.</returns>
    public DownloadOutcome? End(TrackedRange range, DownloadOutcome outcome, string requestId, DateTimeOffset now)
    {
        var isWhole = range.IsWhole && outcome.Status != DownloadStatus.Failed;
        var wasRunning = Running.RemoveAll(other => other.Id == range.Id) > 0;
        if (IsReported)
        {
            // The delivery has already ended with another response. A response with the whole archive is a separate download.
            return isWhole && wasRunning ? outcome with { IsResumed = false } : null;
        }

        Note(range, requestId, now);
        Serve(range, outcome.FilesSucceeded);
        if (outcome.Status == DownloadStatus.Failed)
        {
            Reason = outcome.Reason;
        }

        return isWhole ? Reported(outcome with { IsResumed = false }) : ReportIfComplete(now);
    }

    /// <summary>
    /// Ends responses that were not renewed because their process died, and reports a delivery that has waited too long for its next request.
    /// </summary>
    /// <returns>The outcome to report; null if the delivery is not reported now.</returns>
    public DownloadOutcome? Settle(DeliveryTimes times, DateTimeOffset now)
    {
        foreach (var lost in Running.Where(range => now - range.SeenAt >= times.Lease).ToList())
        {
            Running.Remove(lost);
            Serve(lost with { Sent = (lost.ResumedAt ?? (lost.From + lost.Sent)) - lost.From }, FilesAtStart);
            Reason = FailureReason.Interrupted;
        }

        if (IsReported)
        {
            return null;
        }

        if (ReportIfComplete(now) is { } complete)
        {
            return complete;
        }

        return Running.Count == 0 && now - SeenAt >= times.Window && IsTransfer && Served.IsComplete ? Reported(Failure(now)) : null;
    }

    /// <summary>Whether the delivery can be removed from the store.</summary>
    public bool IsOver(DeliveryTimes times, DateTimeOffset now) =>
        Running.Count == 0 && Unsent.Count == 0 && now - SeenAt >= (IsReported ? DeliveryTimes.Memory : times.Window);

    /// <summary>When a sweep must examine the delivery.</summary>
    public DateTimeOffset DueAt(DeliveryTimes times)
    {
        var due = SeenAt + (IsReported ? DeliveryTimes.Memory : times.Window);
        foreach (var range in Running)
        {
            due = Earlier(due, range.SeenAt + times.Lease);
        }

        return Unsent.Count > 0 ? Earlier(due, SendingUntil) : due;
    }

    private void Note(TrackedRange range, string requestId, DateTimeOffset now)
    {
        Asked.Add(range.From, range.To);
        IsWholeAsked |= range.IsWhole;
        (RequestId, SeenAt) = (requestId, now);
    }

    /// <summary>
    /// Adds the bytes that a response sent. The response's count of files applies to the delivery if all bytes up to the end of the response were
    /// sent.
    /// </summary>
    private void Serve(TrackedRange range, int filesSucceeded)
    {
        Served.Add(range.From, range.From + range.Sent);
        if (Served.Start == range.From + range.Sent)
        {
            FilesAtStart = Math.Max(FilesAtStart, filesSucceeded);
        }
    }

    private DownloadOutcome? ReportIfComplete(DateTimeOffset now)
    {
        var sent = FilesRequested - FilesMissing - FilesUnavailable;
        return !IsReported && Served.Covers(Length)
            ? Reported(Outcome(sent < FilesRequested ? DownloadStatus.Partial : DownloadStatus.Completed, FailureReason.None, sent, now))
            : null;
    }

    private DownloadOutcome Failure(DateTimeOffset now) => Outcome(
        DownloadStatus.Failed, Reason == FailureReason.None ? FailureReason.ClientDisconnected : Reason, FilesAtStart, now);

    private DownloadOutcome Outcome(DownloadStatus status, FailureReason reason, int filesSucceeded, DateTimeOffset now) => new(status, reason)
    {
        IsResumed = status != DownloadStatus.Failed,
        Selection = Selection,
        FilesRequested = FilesRequested,
        FilesSucceeded = filesSucceeded,
        FilesUnavailable = FilesUnavailable,
        SourceBytes = 0,
        ArchiveBytes = Math.Min(Served.Total, Length),
        Duration = (status == DownloadStatus.Failed ? SeenAt : now) - BeganAt,
    };

    private DownloadOutcome Reported(DownloadOutcome outcome)
    {
        IsReported = true;
        return outcome;
    }

    private void StartAgain(DateTimeOffset now)
    {
        (Served, Asked, IsWholeAsked, IsReported) = (new(), new(), false, false);
        (FilesAtStart, Reason, BeganAt) = (0, FailureReason.None, now);
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
