using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Translates what the SDK throws into <see cref="BackendException"/>, once. Codes: "Error responses" of the S3 API.</summary>
internal static class S3Faults
{
    /// <summary>Whether an answer says that there is no such object. Only a body can: <see cref="IsNotFound"/> may be another absence.</summary>
    public static bool IsMissingObject(AmazonS3Exception exception) => exception.ErrorCode is "NoSuchKey";

    /// <summary>Whether something is missing, without saying what: the answer to HEAD has no body.</summary>
    public static bool IsNotFound(AmazonS3Exception exception) => exception.StatusCode == HttpStatusCode.NotFound;

    /// <returns>What to throw instead; null for what is no fault of the storage.</returns>
    public static Exception? Translate(Exception exception, string what, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return RemoteFaults.GivenUp(exception, cancellationToken);
        }

        return exception switch
        {
            AmazonServiceException answer => new BackendException(
                Backend.Storage, FaultOf(answer), $"S3: {what}: {(int)answer.StatusCode} {answer.ErrorCode}: {answer.Message}", exception)
            {
                RetryAfter = RetryAfterOf(answer),
            },
            AmazonClientException => Fault(BackendFault.Denied, what, exception), // no credentials found, or none that can be used
            _ => RemoteFaults.OfTransport(exception) is { } fault ? Fault(fault, what, exception) : null,
        };
    }

    private static BackendException Fault(BackendFault fault, string what, Exception cause) =>
        new(Backend.Storage, fault, $"S3: {what}: {cause.Message}", cause);

    private static BackendFault FaultOf(AmazonServiceException answer) => answer.ErrorCode switch
    {
        "SlowDown" or "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "TooManyRequests" => BackendFault.Throttled,
        "RequestTimeout" => BackendFault.TimedOut, // a 400
        "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" => BackendFault.Denied, // 400 too
        _ => RemoteFaults.OfStatus((int)answer.StatusCode),
    };

    private static TimeSpan? RetryAfterOf(AmazonServiceException answer) =>
        answer.InnerException is HttpErrorResponseException { Response: { } response } && response.IsHeaderPresent("Retry-After")
            ? RemoteFaults.RetryAfter(response.GetHeaderValue("Retry-After"))
            : null;
}
