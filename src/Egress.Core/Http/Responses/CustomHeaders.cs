using System.Buffers;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Responses;

/// <summary>Which response headers a record may set (contract §1).</summary>
internal static class CustomHeaders
{
    private const string ContentPrefix = "Content-";

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        // Hop-by-hop (RFC 9110 7.6.1 and the older names that proxies still act on).
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        // Ours to say.
        "Accept-Ranges", "ETag", "Last-Modified", "Set-Cookie", "Location", "Date", "Server", "Vary", RequestId.Header,
        "X-Content-Type-Options", "Strict-Transport-Security",
    };

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Sets the headers that the record may set.</summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="wanted">What the record asks for.</param>
    /// <returns>The names that were dropped, each cleaned for the log.</returns>
    public static IReadOnlyList<string> Apply(IHeaderDictionary headers, IReadOnlyDictionary<string, string> wanted)
    {
        var dropped = new List<string>();
        foreach (var (name, value) in wanted)
        {
            if (IsAllowed(name) && IsText(value))
            {
                headers[name] = value;
            }
            else
            {
                dropped.Add(new string(name.Select(c => TokenCharacters.Contains(c) ? c : '?').ToArray()));
            }
        }

        return dropped;
    }

    private static bool IsAllowed(string name) =>
        name.Length > 0
        && !name.AsSpan().ContainsAnyExcept(TokenCharacters)
        && !Reserved.Contains(name)
        && !name.StartsWith(ContentPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Visible ASCII, spaces and tabs: the server sends nothing else.</summary>
    private static bool IsText(string value) => value.All(static c => c is >= ' ' and <= '~' or '\t');
}
