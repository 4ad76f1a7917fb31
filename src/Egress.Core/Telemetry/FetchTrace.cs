using System.Diagnostics;
using Egress.Storage;

namespace Egress.Telemetry;

/// <summary>
/// Limits the number of spans that the trace of one download has, because a download may have ten thousand objects. Keeps the spans of the first
/// fetches and, up to a limit, of fetches that failed, were slow or were retried. The others are only counted. Thread-safe.
/// </summary>
internal sealed class FetchTrace
{
    /// <summary>The name of the custom property of a download's span that holds this object.</summary>
    public const string Property = "egress.fetches";

    /// <summary>The number of fetches at the start of a download whose spans are always kept.</summary>
    public const int First = 20;

    /// <summary>The largest number of spans of later fetches that are kept because they failed, were slow or were retried.</summary>
    public const int Odd = 100;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private int _fetches;
    private int _failed;
    private int _odd;

    /// <summary>Returns the trace of the download that a span belongs to; null if it belongs to none.</summary>
    public static FetchTrace? Of(Activity? span)
    {
        for (; span is not null; span = span.Parent)
        {
            if (span.GetCustomProperty(Property) is FetchTrace trace)
            {
                return trace;
            }
        }

        return null;
    }

    /// <summary>Ends the span of a fetch, and drops it unless it is to be kept.</summary>
    /// <param name="span">The span.</param>
    /// <param name="location">The object.</param>
    /// <param name="range">The bytes that are read.</param>
    /// <param name="result">The result.</param>
    /// <param name="duration">Time until the storage sent the first byte.</param>
    public static void End(Activity span, ObjectLocation location, ObjectRange range, FetchResult result, TimeSpan duration)
    {
        var isOdd = result != FetchResult.Success || duration >= Slow || span.Events.Any();
        if (Of(span)?.Keeps(result, isOdd) ?? true)
        {
            span.SetTag("egress.bucket", location.Bucket).SetTag("egress.key", location.Key)
                .SetTag("egress.offset", range.Offset).SetTag("egress.result", result.ToString().ToLowerInvariant());
        }
        else
        {
            // Exporters ignore a span without the flag "recorded".
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        span.Dispose();
    }

    /// <summary>Adds the numbers of fetches and failures to the download's span.</summary>
    public void Describe(Activity span) => span
        .SetTag("egress.fetches", Volatile.Read(ref _fetches))
        .SetTag("egress.fetches_failed", Volatile.Read(ref _failed));

    private bool Keeps(FetchResult result, bool isOdd)
    {
        if (result != FetchResult.Success)
        {
            Interlocked.Increment(ref _failed);
        }

        return Interlocked.Increment(ref _fetches) <= First || (isOdd && Interlocked.Increment(ref _odd) <= Odd);
    }
}
