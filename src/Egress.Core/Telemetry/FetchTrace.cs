using System.Diagnostics;
using Egress.Storage;

namespace Egress.Telemetry;

/// <summary>
/// Keeps the number of spans of one download small: ten thousand objects are no ten thousand spans. The first fetches and, up to a bound, those
/// that failed, were slow or were repeated are kept; of the others there is a count. Thread-safe.
/// </summary>
internal sealed class FetchTrace
{
    /// <summary>The property of a download's span that holds this.</summary>
    public const string Property = "egress.fetches";

    /// <summary>Fetches that are kept whatever comes of them.</summary>
    public const int First = 20;

    /// <summary>Further ones that are kept because something is odd about them.</summary>
    public const int Odd = 100;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private int _fetches;
    private int _failed;
    private int _odd;

    /// <summary>What belongs to the download that a span is a part of; null when it is a part of none.</summary>
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

    /// <summary>Ends the span of one fetch, and drops it unless it tells something.</summary>
    /// <param name="span">The span.</param>
    /// <param name="location">The object.</param>
    /// <param name="range">What is read of it.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="duration">Until the storage sent.</param>
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
            // Exporters pass over what is not recorded.
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        span.Dispose();
    }

    /// <summary>Notes the counts on the download's span.</summary>
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
