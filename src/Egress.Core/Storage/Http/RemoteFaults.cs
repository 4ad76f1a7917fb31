using System.Globalization;
using System.Net.Sockets;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Maps HTTP statuses and exceptions to faults, for all storages that use HTTP.</summary>
internal static class RemoteFaults
{
    /// <summary>Returns the fault for an HTTP status. Used if the error code of the storage is not more specific.</summary>
    public static BackendFault OfStatus(int status) => status switch
    {
        401 or 403 => BackendFault.Denied,
        408 or 504 => BackendFault.TimedOut,
        412 => BackendFault.Changed,
        429 => BackendFault.Throttled,
        501 => BackendFault.Malformed,
        >= 500 => BackendFault.Unavailable,
        _ => BackendFault.Malformed,
    };

    /// <summary>Whether an HTTP status means that the storage is overloaded or failing. The request must not be repeated immediately.</summary>
    public static bool IsOverload(int status) => status is 429 or (>= 500 and not 501);

    /// <summary>
    /// Returns the fault for an exception that does not come from a response of the storage. An unknown exception means that the SDK could not parse the
    /// response.
    /// </summary>
    public static BackendFault OfTransport(Exception exception) => exception switch
    {
        OperationCanceledException or TimeoutException => BackendFault.TimedOut, // a time limit of the transport
        HttpRequestException or IOException or SocketException => BackendFault.Unavailable,
        _ => BackendFault.Malformed,
    };

    /// <summary>
    /// Describes an exception by its type, its message and its innermost cause. For a connection failure, only the innermost cause is specific.
    /// </summary>
    public static string Describe(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}";
        var cause = InnermostCause.Of(exception);
        return text.Contains(cause, StringComparison.Ordinal) ? text : $"{text} ({cause})";
    }

    /// <param name="header">The value of <c>Retry-After</c>, in whole seconds (RFC 9110, 10.2.3); storages send no dates.</param>
    public static TimeSpan? RetryAfter(string? header) =>
        int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Returns the exception for a canceled call, whatever exception the SDK has thrown for it.</summary>
    public static OperationCanceledException GivenUp(Exception exception, CancellationToken cancellationToken) =>
        new("The call was cancelled.", exception, cancellationToken);
}
