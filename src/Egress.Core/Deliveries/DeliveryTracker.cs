using System.Security.Cryptography;
using System.Text;
using Egress.Backends;
using Egress.Callbacks;
using Egress.Callbacks.Outbox;
using Egress.Downloads;
using Egress.Zip;

namespace Egress.Deliveries;

/// <summary>
/// Begins the callbacks of downloads. If the archive can be sent in ranges and the store can keep deliveries, one callback reports a whole delivery,
/// regardless of the number of responses. Otherwise each response that reaches the end of its archive is reported on its own. Safe for concurrent
/// use.
/// </summary>
internal sealed class DeliveryTracker(
    DeliveryUpdates updates, DeliveryAnnouncer announcer, CallbackOutbox outbox, CallbackOptions options, DeliveryReport report)
{
    /// <summary>
    /// The longest range with an end, in bytes, that is stored only when its response ends. If the process dies, the client requests the whole range
    /// again.
    /// </summary>
    internal const long LongestSlice = 16 << 20;

    /// <summary>How long tracking pauses after the store denied access.</summary>
    internal static readonly TimeSpan RefusalPause = TimeSpan.FromMinutes(1);

    /// <summary>When the pause of tracking ends, in UTC ticks.</summary>
    private long _refusedUntil;

    /// <summary>Whether deliveries are tracked now.</summary>
    public bool IsOn => outbox.Time.GetUtcNow().UtcTicks >= Interlocked.Read(ref _refusedUntil) && options.ResumeWindow > TimeSpan.Zero;

    /// <summary>Begins the callback of a response.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="range">The range of bytes.</param>
    /// <param name="isOpen">Whether the requested range has no end.</param>
    /// <param name="requestId">Id of the request.</param>
    /// <param name="ifInterruptedNow">Returns the outcome that the response would have if it ended now. Called from other threads.</param>
    /// <returns>The callback; null if the response is not reported.</returns>
    public async Task<IDownloadCallback?> BeginAsync(
        DownloadPlan plan, ArchiveRange range, bool isOpen, string requestId, Func<DownloadOutcome> ifInterruptedNow)
    {
        if (!IsTracked(plan))
        {
            return await BeginAloneAsync(plan, range, requestId, ifInterruptedNow);
        }

        var tracked = new TrackedRange
        {
            Id = DeliveryMessages.NewId(outbox.Time),
            Key = KeyOf(plan.RecordId, plan.ETag!),
            From = range.From,
            To = Math.Min(range.To, plan.Layout.Length!.Value),
            IsWhole = isOpen && range.From == 0,
        };
        var response = new TrackedResponse(this, plan, tracked, requestId, ifInterruptedNow);
        if (await response.BeginAsync(isSlice: !isOpen && tracked.To - tracked.From <= LongestSlice))
        {
            return response;
        }

        await response.DisposeAsync();
        return await BeginAloneAsync(plan, range, requestId, ifInterruptedNow);
    }

    /// <summary>The responses that run in this process.</summary>
    public LiveResponses Live { get; } = new();

    public DeliveryUpdates Updates => updates;

    public DeliveryAnnouncer Announcer => announcer;

    public CallbackOutbox Outbox => outbox;

    public DeliveryReport Report => report;

    /// <summary>
    /// Whether a repeated change would be refused again. After the store denied access, tracking pauses for <see cref="RefusalPause"/>. A malformed
    /// state concerns only one delivery, so others are still tracked.
    /// </summary>
    public bool Refuses(BackendException fault)
    {
        if (fault.Fault == BackendFault.Malformed)
        {
            report.Failed(fault);
            return true;
        }

        if (fault.Fault != BackendFault.Denied)
        {
            return false;
        }

        var now = outbox.Time.GetUtcNow();
        if (Interlocked.Exchange(ref _refusedUntil, (now + RefusalPause).UtcTicks) <= now.UtcTicks)
        {
            report.Refused(fault);
        }

        return true;
    }

    /// <summary>Returns the key of a delivery in the store.</summary>
    internal static string KeyOf(string recordId, string etag) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{recordId}\0{etag}")).AsSpan(0, 20));

    /// <summary>Creates the state of a new delivery.</summary>
    internal static Delivery Create(DownloadPlan plan, DateTimeOffset now) => new()
    {
        RecordId = plan.RecordId,
        Url = plan.Callback!.Trim(),
        Length = plan.Layout.Length!.Value,
        Selection = plan.Selection,
        FilesRequested = plan.RequestedCount,
        FilesMissing = plan.MissingCount,
        FilesUnavailable = plan.UnavailableCount,
        BeganAt = now,
        SeenAt = now,
    };

    private bool IsTracked(DownloadPlan plan) =>
        IsOn && plan is { ETag: not null, Layout.Length: > 0 }
        && plan.Callback?.Trim().Length is > 0 and <= CallbackOutbox.MostUrl;

    private async Task<IDownloadCallback?> BeginAloneAsync(
        DownloadPlan plan, ArchiveRange range, string requestId, Func<DownloadOutcome> ifInterruptedNow) =>
        range == ArchiveRange.All || range.To >= plan.Layout.Length ? await outbox.BeginAsync(plan, requestId, ifInterruptedNow) : null;
}
