using System.Globalization;
using System.Net;
using Amazon.S3.Model;

namespace Egress.Storage.S3;

/// <summary>The parts of the answer to a GET of an object that are used.</summary>
/// <param name="IsPartial">Whether a range was sent (206).</param>
/// <param name="ETag">The validator, with quotes.</param>
/// <param name="ContentRange">The range that was sent.</param>
/// <param name="ContentLength">Number of bytes that follow.</param>
/// <param name="Modified">Time of the last change.</param>
/// <param name="ContentType">Media type.</param>
/// <param name="Body">The bytes.</param>
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
    /// <summary>Converts an answer of the SDK.</summary>
    public static S3Answer Of(GetObjectResponse answer) => new(
        answer.HttpStatusCode == HttpStatusCode.PartialContent,
        answer.ETag,
        answer.ContentRange,
        answer.ContentLength,
        answer.LastModified?.ToUniversalTime(),
        answer.Headers.ContentType,
        answer.ResponseStream,
        answer);

    /// <summary>A successful answer that was received without the SDK.</summary>
    /// <returns>Null if a header has an unexpected value. The request is then made with the SDK, which interprets the answer.</returns>
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
