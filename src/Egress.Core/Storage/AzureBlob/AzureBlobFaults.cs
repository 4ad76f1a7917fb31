using Azure;
using Azure.Identity;
using Egress.Backends;
using Egress.Storage.Http;

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
            return RemoteFaults.GivenUp(exception, cancellationToken);
        }

        return exception switch
        {
            RequestFailedException { Status: not 0 } answer => new BackendException(
                Backend.Storage, FaultOf(answer), $"Azure: {what}: {answer.Status} {answer.ErrorCode}", exception)
            {
                RetryAfter = RetryAfterOf(answer),
            },
            RequestFailedException => Fault(BackendFault.Unavailable, what, exception), // no answer
            AuthenticationFailedException => Fault(BackendFault.Denied, what, exception), // no identity found, or none that gets a token
            _ => RemoteFaults.OfTransport(exception) is { } fault ? Fault(fault, what, exception) : null,
        };
    }

    private static BackendException Fault(BackendFault fault, string what, Exception cause) =>
        new(Backend.Storage, fault, $"Azure: {what}: {cause.Message}", cause);

    private static BackendFault FaultOf(RequestFailedException answer) => answer.ErrorCode switch
    {
        "ServerBusy" => BackendFault.Throttled, // a 503
        "OperationTimedOut" => BackendFault.TimedOut, // a 500
        "BlobArchived" or "BlobBeingRehydrated" => BackendFault.Denied, // 409: the archive tier cannot be read, as S3 says with 403
        _ => RemoteFaults.OfStatus(answer.Status),
    };

    private static TimeSpan? RetryAfterOf(RequestFailedException answer) =>
        answer.GetRawResponse() is { } response && response.Headers.TryGetValue("Retry-After", out var header)
            ? RemoteFaults.RetryAfter(header)
            : null;
}
