using Azure;
using Azure.Identity;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Translates the exceptions of the SDK into <see cref="BackendException"/>. The error codes are described in "Blob service error codes" of the REST API.
/// </summary>
internal static class AzureBlobFaults
{
    /// <summary>Whether an error response means that the object does not exist. A response to HEAD has the error code in a header.</summary>
    public static bool IsMissingObject(RequestFailedException exception) => exception.ErrorCode is "BlobNotFound";

    /// <summary>Whether an error response means that the blob is encrypted with a key that clients must send with each request.</summary>
    public static bool RequiresKey(RequestFailedException exception) => exception.ErrorCode is "BlobUsesCustomerSpecifiedEncryption";

    /// <returns>The exception to throw instead; null if <paramref name="exception"/> is already translated.</returns>
    public static Exception? Translate(Exception exception, string what, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return RemoteFaults.GivenUp(exception, cancellationToken);
        }

        return exception switch
        {
            BackendException => null,
            RequestFailedException { Status: not 0 } answer => new BackendException(
                Backend.Storage, FaultOf(answer), $"Azure: {what}: {answer.Status} {answer.ErrorCode}", exception)
            {
                RetryAfter = RetryAfterOf(answer.GetRawResponse()),
                IsObjectUnavailable = IsUnavailable(answer),
            },
            RequestFailedException => Fault(BackendFault.Unavailable, what, exception), // no answer
            AuthenticationFailedException => Fault(BackendFault.Denied, what, exception), // no identity was found, or it was refused a token
            _ => Fault(RemoteFaults.OfTransport(exception), what, exception),
        };
    }

    /// <summary>
    /// Returns the exception for a response that shows that the service is overloaded or failing. The request must not be repeated immediately.
    /// </summary>
    /// <returns>The exception; null for any other response.</returns>
    public static BackendException? OfOverload(Response answer, string what)
    {
        if (!RemoteFaults.IsOverload(answer.Status))
        {
            return null;
        }

        answer.Headers.TryGetValue("x-ms-error-code", out var code);
        return new BackendException(Backend.Storage, FaultOf(code, answer.Status), $"Azure: {what}: {answer.Status} {code}") { RetryAfter = RetryAfterOf(answer) };
    }

    private static BackendException Fault(BackendFault fault, string what, Exception cause) =>
        new(Backend.Storage, fault, $"Azure: {what}: {RemoteFaults.Describe(cause)}", cause);

    private static bool IsUnavailable(RequestFailedException answer) =>
        answer.ErrorCode is "BlobArchived" or "BlobBeingRehydrated" || RequiresKey(answer);

    private static BackendFault FaultOf(RequestFailedException answer) =>
        IsUnavailable(answer) ? BackendFault.Denied : FaultOf(answer.ErrorCode, answer.Status); // Azure responds with 409, not with 403 as S3

    private static BackendFault FaultOf(string? code, int status) => code switch
    {
        "ServerBusy" => BackendFault.Throttled, // a 503
        "OperationTimedOut" => BackendFault.TimedOut, // a 500
        _ => RemoteFaults.OfStatus(status),
    };

    private static TimeSpan? RetryAfterOf(Response? answer) =>
        answer is not null && answer.Headers.TryGetValue("Retry-After", out var header) ? RemoteFaults.RetryAfter(header) : null;
}
