using System.Net;

namespace Egress.Callbacks.Delivery;

/// <summary>What an attempt leads to.</summary>
internal enum CallbackVerdict
{
    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>It may work later.</summary>
    TryAgain,

    /// <summary>It will never work.</summary>
    Final,
}

/// <summary>What came of one attempt.</summary>
/// <param name="Verdict">What it leads to.</param>
/// <param name="Text">The answer, or what was in its place, for operators.</param>
/// <param name="RetryAfter">How long the receiver asked to wait.</param>
internal sealed record CallbackAnswer(CallbackVerdict Verdict, string Text, TimeSpan? RetryAfter = null)
{
    /// <summary>The verdict on a status (contract §5).</summary>
    public static CallbackVerdict Judge(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => CallbackVerdict.Delivered,
        408 or 409 or 425 or 429 or (>= 500 and < 600) => CallbackVerdict.TryAgain,
        _ => CallbackVerdict.Final,
    };
}
