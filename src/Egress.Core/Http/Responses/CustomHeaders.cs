using System.Buffers;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Responses;

/// <summary>
/// The response headers that a record may set. This is an allow-list, because a header can make a proxy send one of its local files
/// (<c>X-Accel-Redirect</c>) or make a browser delete its data (<c>Clear-Site-Data</c>).
/// </summary>
internal static class CustomHeaders
{
    /// <summary>
    /// The largest size of all custom headers, in bytes. Together with Egress's own headers, which are below 2 KiB, they fit into the 4 KiB that
    /// nginx allows for the headers of a response by default. It answers 502 for larger ones.
    /// </summary>
    public const int MaxBytes = 2048;

    /// <summary>The bytes of a header in addition to its name and value: <c>: </c> and the end of the line.</summary>
    private const int BytesAround = 4;

    private static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        // Headers that control caching (RFC 9111, RFC 9213).
        "Cache-Control", "CDN-Cache-Control", "Surrogate-Control", "Surrogate-Key", "Cache-Tag", "Expires", "Pragma",
        // Headers that control how other sites and pages may use the response.
        "Timing-Allow-Origin", "Cross-Origin-Resource-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy",
        "Permissions-Policy",
    };

    private static readonly string[] AllowedPrefixes = ["Access-Control-", "X-"];

    /// <summary>
    /// Prefixes of names that <see cref="AllowedPrefixes"/> would allow, but that have an effect in servers, proxies, platforms or browsers.
    /// </summary>
    private static readonly string[] ReservedPrefixes =
    [
        RequestId.Header, "X-Content-", "X-Frame-", "X-WebKit-", "X-XSS-", "X-Permitted-", "X-DNS-", "X-UA-", "X-HTTP-",
        "X-Accel-", "X-Sendfile", "X-Lighttpd-", "X-LiteSpeed-", "X-LSCache", "X-Reproxy-", "X-Rewrite-", "X-Original-", "X-Forwarded-", "X-Real-",
        "X-Proxy", "X-Middleware-", "X-Nextjs-", "X-Vercel-", "X-NF-", "X-Envoy-", "X-Varnish", "X-Amz", "X-Amzn-", "X-Azure-", "X-MS-", "X-ARR-",
        "X-Goog", "X-Appengine-", "X-Cloud-", "X-Edge-",
    ];

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Sets those headers of the record that are allowed and fit into <see cref="MaxBytes"/>.</summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="wanted">The headers of the record.</param>
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

    /// <summary>Returns why a header of a record is not sent.</summary>
    /// <returns>The rest of a sentence; null if it is sent.</returns>
    public static string? Refuse(string name, string value) =>
        !IsAllowed(name) ? "is not a header that a link may set: see docs/records.md#response-headers"
        : !IsText(value) ? "must be printable ASCII"
        : null;

    /// <summary>Returns the size that headers have in the response, in bytes.</summary>
    public static int SizeOf(IReadOnlyDictionary<string, string> headers) => headers.Sum(static header => SizeOf(header.Key, header.Value));

    private static int SizeOf(string name, string value) => name.Length + value.Length + BytesAround;

    private static bool IsAllowed(string name) =>
        !name.AsSpan().ContainsAnyExcept(TokenCharacters)
        && (Allowed.Contains(name) || StartsWithAny(name, AllowedPrefixes))
        && !StartsWithAny(name, ReservedPrefixes);

    private static bool StartsWithAny(string name, string[] prefixes) =>
        Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a value consists of visible ASCII characters, spaces and tabs. The server sends no other characters.</summary>
    private static bool IsText(string value) => value.All(static c => c is >= ' ' and <= '~' or '\t');
}
