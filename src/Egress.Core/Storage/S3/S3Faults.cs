using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>
/// Translates the exceptions of the SDK into <see cref="BackendException"/>. The error codes are described in "Error responses" of the S3 API.
/// </summary>
internal static partial class S3Faults
{
    private const int LongestError = 4 << 10;

    /// <summary>
    /// Whether an error response means that the object does not exist. Only a response with a body shows that; for <see cref="IsNotFound"/> the bucket may be
    /// missing instead.
    /// </summary>
    public static bool IsMissingObject(AmazonS3Exception exception) => exception.ErrorCode is "NoSuchKey";

    /// <summary>
    /// Whether an error response means that the object or the bucket does not exist. A response to HEAD has no body and does not show which of them.
    /// </summary>
    public static bool IsNotFound(AmazonS3Exception exception) => exception.StatusCode == HttpStatusCode.NotFound;

    /// <summary>Whether an error response means that the newest version of the object is a delete marker. The bucket then exists.</summary>
    public static bool IsDeleted(AmazonS3Exception exception) =>
        exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed && HeaderOf(exception, "x-amz-delete-marker") is "true";

    /// <summary>Whether an error response means that the object is encrypted with a key that clients must send with each request (SSE-C).</summary>
    public static bool RequiresKey(AmazonS3Exception exception) =>
        exception.StatusCode == HttpStatusCode.BadRequest
        && !string.IsNullOrEmpty(HeaderOf(exception, "x-amz-server-side-encryption-customer-algorithm"));

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
            AmazonServiceException answer => new BackendException(
                Backend.Storage, FaultOf(answer), $"S3: {what}: {(int)answer.StatusCode} {answer.ErrorCode}: {answer.Message}", exception)
            {
                RetryAfter = RemoteFaults.RetryAfter(HeaderOf(answer, "Retry-After")),
                IsObjectUnavailable = IsUnavailable(answer),
            },
            AmazonClientException => Fault(BackendFault.Denied, what, exception), // no credentials were found, or they cannot be used
            _ => Fault(RemoteFaults.OfTransport(exception), what, exception),
        };
    }

    /// <summary>Returns the exception for a response of an overloaded store that was received without the SDK.</summary>
    /// <param name="response">The response; not disposed here.</param>
    /// <param name="what">The description of the request.</param>
    /// <param name="cancellationToken">Cancels reading the response.</param>
    public static async ValueTask<BackendException> OfOverloadAsync(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var code = ErrorCode().Match(await StartAsync(response, cancellationToken)).Groups[1].Value;
        response.Headers.NonValidated.TryGetValues("Retry-After", out var wait);
        return new BackendException(Backend.Storage, FaultOf(code, status), $"S3: {what}: {status} {code}")
        {
            RetryAfter = RemoteFaults.RetryAfter(wait.ToString()),
        };
    }

    /// <summary>Returns the beginning of an error document. If the connection breaks, returns what has arrived.</summary>
    private static async ValueTask<string> StartAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (buffer, length) = (new byte[LongestError], 0);
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // The document is optional: the status alone determines a fault.
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static BackendException Fault(BackendFault fault, string what, Exception cause) =>
        new(Backend.Storage, fault, $"S3: {what}: {RemoteFaults.Describe(cause)}", cause);

    private static bool IsUnavailable(AmazonServiceException answer) =>
        answer.ErrorCode is "InvalidObjectState" || (answer is AmazonS3Exception exception && RequiresKey(exception));

    private static BackendFault FaultOf(AmazonServiceException answer) =>
        IsUnavailable(answer) ? BackendFault.Denied : FaultOf(answer.ErrorCode, (int)answer.StatusCode);

    private static BackendFault FaultOf(string? code, int status) => code switch
    {
        "SlowDown" or "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "TooManyRequests" => BackendFault.Throttled,
        "RequestTimeout" => BackendFault.TimedOut, // a 400
        "InternalError" or "ServiceUnavailable" => BackendFault.Unavailable, // also in the body of a 200, when an upload is completed or a part is copied
        "XAmzContentSHA256Mismatch" or "BadDigest" => BackendFault.Unavailable, // 400: a part was damaged during the transfer
        "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" => BackendFault.Denied, // 400 too
        _ => RemoteFaults.OfStatus(status),
    };

    [GeneratedRegex("<Code>([A-Za-z]+)</Code>")]
    private static partial Regex ErrorCode();

    private static string? HeaderOf(AmazonServiceException answer, string name) =>
        answer.InnerException is HttpErrorResponseException { Response: { } response } && response.IsHeaderPresent(name)
            ? response.GetHeaderValue(name)
            : null;
}
