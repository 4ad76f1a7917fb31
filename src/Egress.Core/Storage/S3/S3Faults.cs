using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Translates every exception of the SDK into <see cref="BackendException"/>, once. Codes: "Error responses" of the S3 API.</summary>
internal static class S3Faults
{
    /// <summary>Whether an answer says that there is no such object. Only a body can: <see cref="IsNotFound"/> may be another absence.</summary>
    public static bool IsMissingObject(AmazonS3Exception exception) => exception.ErrorCode is "NoSuchKey";

    /// <summary>Whether something is missing, without saying what: the answer to HEAD has no body.</summary>
    public static bool IsNotFound(AmazonS3Exception exception) => exception.StatusCode == HttpStatusCode.NotFound;

    /// <summary>Whether the newest version of an object is a delete marker: the object is missing, and its bucket is there.</summary>
    public static bool IsDeleted(AmazonS3Exception exception) =>
        exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed && HeaderOf(exception, "x-amz-delete-marker") is "true";

    /// <summary>Whether an object is encrypted with a key that must be sent with each request (SSE-C).</summary>
    public static bool RequiresKey(AmazonS3Exception exception) =>
        exception.StatusCode == HttpStatusCode.BadRequest
        && !string.IsNullOrEmpty(HeaderOf(exception, "x-amz-server-side-encryption-customer-algorithm"));

    /// <returns>The exception to throw instead; null for one that is translated already.</returns>
    public static Exception? Translate(Exception exception, string what, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return RemoteFaults.GivenUp(exception, cancellationToken);
        }

        return exception switch
        {
            BackendException => null,
            AmazonServiceException answer => new BackendException(
                Backend.Storage, FaultOf(answer), $"S3: {what}: {(int)answer.StatusCode} {answer.ErrorCode}: {answer.Message}", exception)
            {
                RetryAfter = RemoteFaults.RetryAfter(HeaderOf(answer, "Retry-After")),
                IsObjectUnavailable = IsUnavailable(answer),
            },
            AmazonClientException => Fault(BackendFault.Denied, what, exception), // no credentials found, or none that can be used
            _ => Fault(RemoteFaults.OfTransport(exception), what, exception),
        };
    }

    private static BackendException Fault(BackendFault fault, string what, Exception cause) =>
        new(Backend.Storage, fault, $"S3: {what}: {RemoteFaults.Describe(cause)}", cause);

    private static bool IsUnavailable(AmazonServiceException answer) =>
        answer.ErrorCode is "InvalidObjectState" || (answer is AmazonS3Exception exception && RequiresKey(exception));

    private static BackendFault FaultOf(AmazonServiceException answer) => answer.ErrorCode switch
    {
        _ when IsUnavailable(answer) => BackendFault.Denied,
        "SlowDown" or "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "TooManyRequests" => BackendFault.Throttled,
        "RequestTimeout" => BackendFault.TimedOut, // a 400
        "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" => BackendFault.Denied, // 400 too
        _ => RemoteFaults.OfStatus((int)answer.StatusCode),
    };

    private static string? HeaderOf(AmazonServiceException answer, string name) =>
        answer.InnerException is HttpErrorResponseException { Response: { } response } && response.IsHeaderPresent(name)
            ? response.GetHeaderValue(name)
            : null;
}
