using System.Net;
using System.Text;

namespace Egress.Signing;

/// <summary>Encodes and decodes the id of a record in a URL.</summary>
internal static class LinkId
{
    private const string EscapedSlash = "%2F";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the id in a request for <c>/{id}</c> or a path below it.</summary>
    /// <remarks>
    /// Routing decodes every percent-encoded character except the slash, so its value for <c>a%2Fb</c> and for <c>a%252Fb</c> is the same. If the
    /// value contains a percent sign, the id is therefore decoded once from the target of the request.
    /// </remarks>
    /// <param name="routeValue">The segment from routing.</param>
    /// <param name="rawTarget">The target of the request line, not decoded; empty if the server does not keep it.</param>
    /// <param name="segmentsAfter">The number of path segments after the id.</param>
    /// <returns>The id; null if no record can have it, because the segment is not UTF-8 or differs from the segment that was routed.</returns>
    public static string? FromRequest(string routeValue, string rawTarget, int segmentsAfter = 0)
    {
        if (!routeValue.Contains('%'))
        {
            return routeValue;
        }

        if (rawTarget.Length == 0)
        {
            return routeValue.Replace(EscapedSlash, "/", StringComparison.OrdinalIgnoreCase);
        }

        var path = rawTarget.AsSpan(0, rawTarget.AsSpan().IndexOfAny('?', '#') is var end && end < 0 ? rawTarget.Length : end).TrimEnd('/');
        for (; segmentsAfter > 0; segmentsAfter--)
        {
            path = path[..Math.Max(0, path.LastIndexOf('/'))];
        }

        var parts = path[(path.LastIndexOf('/') + 1)..].ToString()
            .Replace("%2f", EscapedSlash, StringComparison.Ordinal).Split(EscapedSlash);
        return Decode(parts, routeValue);
    }

    /// <summary>Escapes an id to one path segment, which <see cref="FromRequest"/> decodes.</summary>
    /// <exception cref="ArgumentException">The id cannot be in a URL.</exception>
    public static string ToSegment(string id) =>
        Refuse(id, isSigned: false) is { } refusal ? throw new ArgumentException(refusal, nameof(id)) : Uri.EscapeDataString(id);

    /// <summary>Returns why no link can be created for an id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="isSigned">Whether the link would be signed.</param>
    /// <returns>One sentence; null if a link can be created.</returns>
    public static string? Refuse(string id, bool isSigned) =>
        id is "" or "." or ".." || id.Contains('\0') ? "An id that is empty, \".\", \"..\" or contains a NUL character cannot be in a link."
        : !IsUnicode(id) ? "An id that is not valid Unicode cannot be in a link."
        : isSigned && id.Contains('|') ? "An id that contains \"|\" cannot be signed: the signed text is \"id|expiry\", and would be ambiguous."
        : null;

    private static string? Decode(string[] parts, string routeValue)
    {
        try
        {
            for (var i = 0; i < parts.Length; i++)
            {
                // The framework's method is not used, because it also decodes "+", which is a normal character in a path.
                var escaped = Encoding.UTF8.GetBytes(parts[i].Replace("+", "%2B", StringComparison.Ordinal));
                parts[i] = StrictUtf8.GetString(WebUtility.UrlDecodeToBytes(escaped, 0, escaped.Length));
            }
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        return string.Equals(string.Join(EscapedSlash, parts), routeValue, StringComparison.OrdinalIgnoreCase) ? string.Join('/', parts) : null;
    }

    private static bool IsUnicode(string id)
    {
        try
        {
            return StrictUtf8.GetByteCount(id) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
