using System.Globalization;
using System.Xml;
using Azure;
using Azure.Identity;

namespace Egress.Storage.AzureBlob;

/// <summary>Translates what the SDK throws into <see cref="BackendException"/>, once. Codes: "Blob service error codes" of the REST API.</summary>
internal static class AzureBlobFaults
{
    /// <summary>Whether an answer says that there is no such object. Also an answer to HEAD carries the code, as a header.</summary>
    public static bool IsMissingObject(RequestFailedException exception) => exception.ErrorCode is "BlobNotFound";

    /// <returns>What to throw instead; null for what is no fault of the storage.</returns>
    public static Exception? Translate(Exception exception, string what, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException("The read was given up.", exception, cancellationToken);
        }

        return exception switch
        {
            RequestFailedException { Status: 0 } => Fault(BackendFault.Unavailable, what, exception),
            RequestFailedException answer => new BackendException(
                Backend.Storage, FaultOf(answer), $"Azure: {what}: {answer.Status} {answer.ErrorCode}", exception)
            {
                RetryAfter = RetryAfterOf(answer),
            },
            AuthenticationFailedException => Fault(BackendFault.Denied, what, exception), // no identity found, or none that gets a token
            OperationCanceledException => Fault(BackendFault.TimedOut, what, exception), // a time limit of the transport
            HttpRequestException or IOException => Fault(BackendFault.Unavailable, what, exception),
            XmlException => Fault(BackendFault.Malformed, what, exception),
            _ => null,
        };
    }

    private static BackendException Fault(BackendFault fault, string what, Exception cause) =>
        new(Backend.Storage, fault, $"Azure: {what}: {cause.Message}", cause);

    private static BackendFault FaultOf(RequestFailedException answer) => answer.ErrorCode switch
    {
        "ServerBusy" => BackendFault.Throttled, // a 503
        "OperationTimedOut" => BackendFault.TimedOut, // a 500
        "BlobArchived" or "BlobBeingRehydrated" => BackendFault.Denied, // 409: the archive tier cannot be read, as S3 says with 403
        _ => answer.Status switch
        {
            401 or 403 => BackendFault.Denied,
            408 or 504 => BackendFault.TimedOut,
            412 => BackendFault.Changed,
            429 => BackendFault.Throttled,
            501 => BackendFault.Malformed,
            >= 500 => BackendFault.Unavailable,
            _ => BackendFault.Malformed,
        },
    };

    private static TimeSpan? RetryAfterOf(RequestFailedException answer) =>
        answer.GetRawResponse() is { } response && response.Headers.TryGetValue("Retry-After", out var text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
