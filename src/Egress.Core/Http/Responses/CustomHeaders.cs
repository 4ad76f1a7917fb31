using System.Buffers;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Responses;

/// <summary>
/// Which response headers a record may set. An allow-list, because a header can make a proxy send one of its local files (<c>X-Accel-Redirect</c>) or a
/// browser delete its data (<c>Clear-Site-Data</c>).
/// </summary>
internal static class CustomHeaders
{
    /// <summary>
    /// Bytes of all custom headers as they are sent. With Egress's own headers, below 2 KiB, they fit into the 4 KiB that nginx has for the
    /// headers of a response by default; a larger response is 502 there.
    /// </summary>
    public const int MaxBytes = 2048;

    /// <summary><c>: </c> and the line end.</summary>
    private const int BytesAround = 4;

    private static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        // Caching (RFC 9111, RFC 9213).
        "Cache-Control", "CDN-Cache-Control", "Surrogate-Control", "Surrogate-Key", "Cache-Tag", "Expires", "Pragma",
        // What other sites and pages may do with the response.
        "Timing-Allow-Origin", "Cross-Origin-Resource-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy",
        "Permissions-Policy",
    };

    private static readonly string[] AllowedPrefixes = ["Access-Control-", "X-"];

    /// <summary>Names of the application's own kind that servers, proxies, platforms and browsers act on.</summary>
    private static readonly string[] ReservedPrefixes =
    [
        RequestId.Header, "X-Content-", "X-Frame-", "X-WebKit-", "X-XSS-", "X-Permitted-", "X-DNS-", "X-UA-", "X-HTTP-",
        "X-Accel-", "X-Sendfile", "X-Lighttpd-", "X-LiteSpeed-", "X-LSCache", "X-Reproxy-", "X-Rewrite-", "X-Original-", "X-Forwarded-", "X-Real-",
        "X-Proxy", "X-Middleware-", "X-Nextjs-", "X-Vercel-", "X-NF-", "X-Envoy-", "X-Varnish", "X-Amz", "X-Amzn-", "X-Azure-", "X-MS-", "X-ARR-",
        "X-Goog", "X-Appengine-", "X-Cloud-", "X-Edge-",
    ];

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Sets the headers that the record may set, as long as there is room.</summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="wanted">What the record requests.</param>
    /// <returns>The names that were dropped, each cleaned for the log.</returns>
    public static IReadOnlyList<string> Apply(IHeaderDictionary headers, IReadOnlyDictionary<string, string> wanted)
    {
        var dropped = new List<string>();
        var left = MaxBytes;
        foreach (var (name, value) in wanted)
        {
            var size = SizeOf(name, value);
            if (size <= left && IsAllowed(name) && IsText(value))
            {
                left -= size;
                headers[name] = value;
            }
            else
            {
                dropped.Add(PrintableText.Shorten(new string(name.Select(c => TokenCharacters.Contains(c) ? c : '?').ToArray())));
            }
        }

        return dropped;
    }

    /// <summary>Says why a header is not sent.</summary>
    /// <returns>The rest of a sentence; null when it is sent.</returns>
    public static string? Refuse(string name, string value) =>
        !IsAllowed(name) ? "is not a header that a link may set: see docs/records.md#response-headers"
        : !IsText(value) ? "must be printable ASCII"
        : null;

    /// <summary>Bytes of headers as they are sent.</summary>
    public static int SizeOf(IReadOnlyDictionary<string, string> headers) => headers.Sum(static header => SizeOf(header.Key, header.Value));

    private static int SizeOf(string name, string value) => name.Length + value.Length + BytesAround;

    private static bool IsAllowed(string name) =>
        !name.AsSpan().ContainsAnyExcept(TokenCharacters)
        && (Allowed.Contains(name) || StartsWithAny(name, AllowedPrefixes))
        && !StartsWithAny(name, ReservedPrefixes);

    private static bool StartsWithAny(string name, string[] prefixes) =>
        Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Visible ASCII, spaces and tabs: the server sends nothing else.</summary>
    private static bool IsText(string value) => value.All(static c => c is >= ' ' and <= '~' or '\t');
}
