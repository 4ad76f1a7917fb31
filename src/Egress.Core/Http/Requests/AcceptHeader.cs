using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Requests;

/// <summary>Reads which representation a client prefers (RFC 9110 12.5.1).</summary>
internal static class AcceptHeader
{
    private const double Whole = 1;

    private static readonly MediaTypeHeaderValue Html = new("text/html");
    private static readonly MediaTypeHeaderValue[] Json = [new("application/problem+json"), new("application/json")];

    /// <summary>
    /// Whether a client accepts HTML explicitly, and prefers it to JSON. A wildcard alone does not count as a preference, because curl sends one.
    /// </summary>
    /// <param name="request">The request.</param>
    public static bool PrefersHtml(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
        {
            return false;
        }

        var html = accepted.Where(static range => range.MatchesMediaType(Html.MediaType) && !range.MatchesAllTypes).ToList();
        return html.Count > 0 && Quality(accepted, Html) > Json.Max(type => Quality(accepted, type));
    }

    /// <summary>Returns the quality value that the most specific matching media range gives a type; zero if none matches.</summary>
    private static double Quality(IEnumerable<MediaTypeHeaderValue> accepted, MediaTypeHeaderValue type) => accepted
        .Where(range => range.MatchesMediaType(type.MediaType))
        .OrderBy(static range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0)
        .Select(static range => range.Quality ?? Whole)
        .FirstOrDefault();
}
