namespace Egress.Backends;

/// <summary>
/// Finds the message that explains a failure. The outer exceptions of SDKs and drivers often have no useful message ("see inner exception").
/// </summary>
internal static class InnermostCause
{
    /// <summary>Returns the message of the innermost exception.</summary>
    public static string Of(Exception exception)
    {
        while ((exception is AggregateException { InnerExceptions: [var first, ..] } ? first : exception.InnerException) is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }
}
