using System.Globalization;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Translates between ranges of objects and HTTP ranges (RFC 9110 §14).</summary>
internal static class HttpRanges
{
    /// <summary>Returns the index of the last byte; null if the range has no end.</summary>
    public static long? LastByte(ObjectRange range) =>
        range.Length is { } length && length <= long.MaxValue - range.Offset ? range.Offset + length - 1 : null;

    /// <summary>Returns the size of the whole object.</summary>
    /// <param name="contentRange">The <c>Content-Range</c> of the response; null if the whole object was sent.</param>
    /// <param name="contentLength">The length of the response, in bytes.</param>
    /// <exception cref="BackendException">The response does not contain the size.</exception>
    public static long WholeSize(string? contentRange, long contentLength)
    {
        if (string.IsNullOrEmpty(contentRange))
        {
            return contentLength;
        }

        // Only the part after the slash is read, because Azurite answers "bytes 10-9/10" for a range after the last byte.
        return long.TryParse(contentRange.AsSpan(contentRange.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : throw new BackendException(Backend.Storage, BackendFault.Malformed, $"The storage sent the range '{contentRange}'.");
    }

    /// <summary>
    /// Opens an empty range, which is at the end of the object or has the length 0. HTTP has no empty ranges, so the result is created from the properties of
    /// the object.
    /// </summary>
    /// <exception cref="BackendException">
    /// <see cref="BackendFault.Changed"/>: the object has another version or size than expected, so the range is not empty or begins after the end.
    /// </exception>
    public static OpenedObject? OpenEmpty(ObjectProperties? found, ObjectRange range)
    {
        if (found is null)
        {
            return null;
        }

        var holds = range.IfMatch is null || range.IfMatch == found.ETag;
        var empty = range.Offset == found.Size || (range.Length == 0 && range.Offset < found.Size);
        return holds && empty
            ? new OpenedObject(found, Stream.Null)
            : throw new BackendException(
                Backend.Storage,
                BackendFault.Changed,
                $"'{found.Location.Key}' in '{found.Location.Bucket}' has {found.Size} bytes and the validator {found.ETag} now.");
    }
}
