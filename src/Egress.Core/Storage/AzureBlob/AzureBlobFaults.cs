using Azure;
using Azure.Identity;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Translates every exception of the SDK into <see cref="BackendException"/>, once. Codes: "Blob service error codes" of the REST API.</summary>
internal static class AzureBlobFaults
{
    /// <summary>Whether an answer means that the object does not exist. An answer to HEAD has the code as a header.</summary>
    public static bool IsMissingObject(RequestFailedException exception) => exception.ErrorCode is "BlobNotFound";

    /// <summary>Whether an answer means that the blob is encrypted with a key that must be sent with each request.</summary>
    public static bool RequiresKey(RequestFailedException exception) => exception.ErrorCode is "BlobUsesCustomerSpecifiedEncryption";

    /// <returns>The exception to throw instead; null if it is already translated.</returns>
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
            AuthenticationFailedException => Fault(BackendFault.Denied, what, exception), // no identity was found, or it does not get a token
            _ => Fault(RemoteFaults.OfTransport(exception), what, exception),
        };
    }

    /// <summary>
    /// Returns the exception for an answer of an overloaded or failing service, to which the request should not be repeated at once.
    /// </summary>
    /// <returns>Null for any other answer.</returns>
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
        IsUnavailable(answer) ? BackendFault.Denied : FaultOf(answer.ErrorCode, answer.Status); // Azure answers 409, S3 answers 403

    private static BackendFault FaultOf(string? code, int status) => code switch
    {
        "ServerBusy" => BackendFault.Throttled, // a 503
        "OperationTimedOut" => BackendFault.TimedOut, // a 500
        _ => RemoteFaults.OfStatus(status),
    };

    private static TimeSpan? RetryAfterOf(Response? answer) =>
        answer is not null && answer.Headers.TryGetValue("Retry-After", out var header) ? RemoteFaults.RetryAfter(header) : null;
}
