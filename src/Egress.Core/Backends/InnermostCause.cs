namespace Egress.Backends;

/// <summary>Returns the cause of a failure. The outer exceptions of clients often have no useful message ("see inner exception").</summary>
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
