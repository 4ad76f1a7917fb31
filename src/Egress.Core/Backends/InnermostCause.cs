namespace Egress.Backends;

/// <summary>Names the cause of a failure. The outer exceptions of clients only say that something failed ("see inner exception").</summary>
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
