using System.Globalization;
using System.Net;
using Amazon.S3.Model;

namespace Egress.Storage.S3;

/// <summary>The response to a GET of an object, reduced to the parts that Egress uses.</summary>
/// <param name="IsPartial">Whether the status is 206, so that only a range was sent.</param>
/// <param name="ETag">The validator, with quotes.</param>
/// <param name="ContentRange">The value of <c>Content-Range</c>; null if the whole object was sent.</param>
/// <param name="ContentLength">The length of the body, in bytes.</param>
/// <param name="Modified">Time of the last change.</param>
/// <param name="ContentType">Media type.</param>
/// <param name="Body">The body.</param>
/// <param name="Owner">The response. The caller disposes it.</param>
internal sealed record S3Answer(
    bool IsPartial,
    string? ETag,
    string? ContentRange,
    long ContentLength,
    DateTimeOffset? Modified,
    string? ContentType,
    Stream Body,
    IDisposable Owner)
{
    /// <summary>Converts a response of the SDK.</summary>
    public static S3Answer Of(GetObjectResponse answer) => new(
        answer.HttpStatusCode == HttpStatusCode.PartialContent,
        answer.ETag,
        answer.ContentRange,
        answer.ContentLength,
        answer.LastModified?.ToUniversalTime(),
        answer.Headers.ContentType,
        answer.ResponseStream,
        answer);

    /// <summary>Reads the headers of a successful response that was received without the SDK.</summary>
    /// <returns>
    /// The response; null if a header has an unexpected value. The caller then repeats the request with the SDK, which interprets the response.
    /// </returns>
    public static async ValueTask<S3Answer?> TryReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var headers = response.Content.Headers;
        var modified = Value(headers.NonValidated, "Last-Modified");
        DateTimeOffset time = default;
        if (headers.ContentLength is not { } length
            || (modified is not null && !DateTimeOffset.TryParseExact(
                modified, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)))
        {
            return null;
        }

        return new S3Answer(
            response.StatusCode == HttpStatusCode.PartialContent,
            Value(response.Headers.NonValidated, "ETag"),
            Value(headers.NonValidated, "Content-Range"),
            length,
            modified is null ? null : time,
            Value(headers.NonValidated, "Content-Type"),
            await response.Content.ReadAsStreamAsync(cancellationToken),
            response);
    }

    private static string? Value(System.Net.Http.Headers.HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.ToString() : null;
}
