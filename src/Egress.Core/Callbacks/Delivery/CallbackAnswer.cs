using System.Net;

namespace Egress.Callbacks.Delivery;

/// <summary>What follows from an attempt to deliver a callback.</summary>
internal enum CallbackVerdict
{
    /// <summary>The receiver accepted the callback.</summary>
    Delivered,

    /// <summary>A later attempt may succeed.</summary>
    TryAgain,

    /// <summary>No later attempt can succeed.</summary>
    Final,
}

/// <summary>The result of one attempt.</summary>
/// <param name="Verdict">What follows from the attempt.</param>
/// <param name="Text">The status of the response or the innermost cause of the failure, for operators.</param>
/// <param name="RetryAfter">The delay that the receiver requested; null for none.</param>
internal sealed record CallbackAnswer(CallbackVerdict Verdict, string Text, TimeSpan? RetryAfter = null)
{
    /// <summary>Returns the verdict for a status.</summary>
    public static CallbackVerdict Judge(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => CallbackVerdict.Delivered,
        408 or 409 or 425 or 429 or (>= 500 and < 600) => CallbackVerdict.TryAgain,
        _ => CallbackVerdict.Final,
    };
}
