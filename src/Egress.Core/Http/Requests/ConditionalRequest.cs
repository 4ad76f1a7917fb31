using Egress.Downloads;
using Egress.Zip;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Requests;

/// <summary>The status and the bytes with which a request is answered, according to its conditions and its range (RFC 9110 13 and 14).</summary>
/// <param name="Status">200, 206 or 304. With any other status, <paramref name="Rejection"/> is set.</param>
/// <param name="Range">The range of bytes.</param>
/// <param name="Rejection">The refusal: 412 or 416.</param>
internal readonly record struct ConditionalRequest(int Status, ArchiveRange Range, Rejection? Rejection = null)
{
    private static readonly ConditionalRequest Whole = new(StatusCodes.Status200OK, ArchiveRange.All);

    /// <summary>Whether the request asks for everything up to the end of the archive: it has no range, or a range without an end.</summary>
    public bool IsOpen { get; init; } = true;

    /// <summary>Whether the range starts after the first byte, which means that the client has the bytes before it.</summary>
    public bool IsResume => Status == StatusCodes.Status206PartialContent && Range.From > 0;

    /// <summary>
    /// Whether a request has <c>If-Range</c> and a range that does not start at zero, so that it resumes a download of the same archive. An expired
    /// link may still allow that.
    /// </summary>
    public static bool MayResume(HttpRequest request) =>
        RequestMethod.IsGet(request) && request.Headers.IfRange.Count > 0 && SingleRange(request) is { From: null or > 0 };

    /// <summary>Returns the largest number of bytes that a range can have; null without a range, and for a range without an end.</summary>
    public static long? LengthOfRange(HttpRequest request) => SingleRange(request) switch
    {
        { From: { } from, To: { } to } => Math.Min(to - from, long.MaxValue - 1) + 1,
        { From: null, To: { } last } => last,
        _ => null,
    };

    /// <summary>Returns the strong ETags in <c>If-Range</c> and <c>If-Match</c>, which identify archives of which the client has a part.</summary>
    public static IReadOnlyList<string> NamedETags(HttpRequest request)
    {
        string[] headers = [.. request.Headers.IfRange.OfType<string>(), .. request.Headers.IfMatch.OfType<string>()];
        return EntityTagHeaderValue.TryParseList(headers, out var tags)
            ? [.. tags.Where(static tag => !tag.IsWeak && !tag.Equals(EntityTagHeaderValue.Any)).Select(static tag => tag.Tag.ToString())]
            : [];
    }

    /// <summary>Evaluates conditions and range, in the order of RFC 9110 13.2.2.</summary>
    /// <param name="request">The request.</param>
    /// <param name="etag">The archive's ETag; null if the bytes of the archive may differ the next time.</param>
    /// <param name="length">The archive's length, which is known if there is an ETag.</param>
    /// <param name="modified">The time of the last change of a single file; null if it is not known, and for archives.</param>
    public static ConditionalRequest Of(HttpRequest request, string? etag, long? length, DateTimeOffset? modified = null)
    {
        var current = etag is null ? null : new EntityTagHeaderValue(etag);
        var headers = request.Headers;
        if (headers.IfMatch.Count > 0
            ? !Matches(headers.IfMatch, current, strong: true)
            : IsModifiedSince(headers.IfUnmodifiedSince.ToString(), modified) is true)
        {
            return new(StatusCodes.Status412PreconditionFailed, default, new Rejection(RejectionReason.PreconditionFailed));
        }

        if (headers.IfNoneMatch.Count > 0
            ? Matches(headers.IfNoneMatch, current, strong: false)
            : IsModifiedSince(headers.IfModifiedSince.ToString(), modified) is false)
        {
            return new(StatusCodes.Status304NotModified, default);
        }

        return current is not null && length is { } known && RequestMethod.IsGet(request)
            && SingleRange(request) is { } range && IfRangeHolds(request, current)
            ? Part(range, known)
            : Whole;
    }

    /// <summary>Sets the status, the ETag and the lengths of the response.</summary>
    public void SetHeaders(HttpResponse response, string? etag, long? length)
    {
        response.StatusCode = Status;
        if (etag is not null)
        {
            response.Headers.ETag = etag;
            response.Headers.AcceptRanges = "bytes";
        }

        switch (Status)
        {
            case StatusCodes.Status200OK:
                response.ContentLength = length;
                break;
            case StatusCodes.Status206PartialContent:
                response.ContentLength = Range.To - Range.From;
                response.Headers.ContentRange = new ContentRangeHeaderValue(Range.From, Range.To - 1, length!.Value).ToString();
                break;
        }
    }

    private static ConditionalRequest Part(RangeItemHeaderValue range, long length)
    {
        // A range without a start requests the last bytes, and its end is their number (RFC 9110 14.1.2).
        var from = range.From ?? Math.Max(0, length - range.To!.Value);
        var to = range.From is null ? length : Math.Min(range.To ?? long.MaxValue, length - 1) + 1;
        return from < to
            ? new(StatusCodes.Status206PartialContent, new ArchiveRange(from, to)) { IsOpen = range is { From: not null, To: null } }
            : new(StatusCodes.Status416RangeNotSatisfiable, default, new Rejection(RejectionReason.RangeNotSatisfiable) { ArchiveLength = length });
    }

    /// <summary>Returns the range of bytes; null without a range, and for malformed or several ranges, for which the whole archive is sent.</summary>
    private static RangeItemHeaderValue? SingleRange(HttpRequest request) =>
        RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var header)
        && header.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase)
        && header.Ranges.Count == 1
            ? header.Ranges.Single()
            : null;

    /// <summary>
    /// Whether a list of ETags contains the current one. A malformed list matches no archive, because a condition of the client must not be ignored.
    /// </summary>
    private static bool Matches(Microsoft.Extensions.Primitives.StringValues header, EntityTagHeaderValue? current, bool strong) =>
        ParseTags(header) is { } wanted
        && wanted.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || (current is not null && tag.Compare(current, strong)));

    /// <summary>Returns whether the file changed after a date; null without a valid date, or if the time of the last change is not known.</summary>
    private static bool? IsModifiedSince(string header, DateTimeOffset? modified) =>
        modified is { } time && HeaderUtilities.TryParseDate(header, out var date) ? time.ToUnixTimeSeconds() > date.ToUnixTimeSeconds() : null;

    /// <summary>
    /// Whether the range may be sent according to <c>If-Range</c>. A date never matches, because the bytes may change without a change of the time.
    /// </summary>
    private static bool IfRangeHolds(HttpRequest request, EntityTagHeaderValue current) =>
        request.Headers.IfRange.Count == 0
        || (ParseIfRange(request.Headers.IfRange.ToString())?.EntityTag is { } tag && tag.Compare(current, useStrongComparison: true));

    private static IList<EntityTagHeaderValue>? ParseTags(Microsoft.Extensions.Primitives.StringValues header)
    {
        try
        {
            return EntityTagHeaderValue.TryParseList(header, out var tags) ? tags : null;
        }
        catch (ArgumentOutOfRangeException)
        {
            // The parser of ASP.NET Core reads beyond the end of a header that ends with W/.
            return null;
        }
    }

    private static RangeConditionHeaderValue? ParseIfRange(string header)
    {
        try
        {
            return RangeConditionHeaderValue.TryParse(header, out var condition) ? condition : null;
        }
        catch (ArgumentOutOfRangeException)
        {
            // The parser of ASP.NET Core reads beyond the end of this header too.
            return null;
        }
    }
}
