using System.Globalization;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Responses;

/// <summary>Limits how long caches may use an archive, so that they do not use it after its link has expired. Safe for concurrent use.</summary>
internal sealed class CachePolicy(DownloadOptions options, TimeProvider time)
{
    /// <summary>The <c>Cache-Control</c> of links whose downloads are counted. Egress could not count the downloads that a shared cache answers.</summary>
    private const string Counted = "private, no-transform";

    private static readonly string[] Names = ["Cache-Control", "CDN-Cache-Control", "Surrogate-Control"];

    /// <summary>Sets the default <c>Cache-Control</c>, which the headers of the record may replace.</summary>
    public void SetDefault(IHeaderDictionary headers) => headers.CacheControl = options.CacheControl;

    /// <summary>Limits the times in the caching headers to the expiry of the link.</summary>
    /// <param name="response">The response. All its other headers are already set.</param>
    /// <param name="expiry">The expiry of the link, which was checked; null or empty for none.</param>
    /// <param name="isCounted">Whether the link has a limit of downloads.</param>
    public void Limit(HttpResponse response, string? expiry, bool isCounted)
    {
        var headers = response.Headers;
        if (isCounted)
        {
            headers.CacheControl = Counted;
            headers.Remove("CDN-Cache-Control");
            headers.Remove("Surrogate-Control");
            headers.Expires = default;
            return;
        }

        if (!long.TryParse(expiry, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var expiresAt))
        {
            return;
        }

        // A link is still valid in the second of its expiry, but a copy is not fresh in the last second of its lifetime. So a copy becomes stale when
        // the link expires.
        var now = time.GetUtcNow();
        var left = Math.Max(0, expiresAt - now.ToUnixTimeSeconds());
        foreach (var name in Names)
        {
            if (headers.TryGetValue(name, out var value))
            {
                headers[name] = CacheDirectives.Limit(value.ToString(), left, name != "Cache-Control" || headers.Expires.Count == 0);
            }
        }

        if (DateTimeOffset.TryParse(headers.Expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires) && expires > now.AddSeconds(left))
        {
            headers.Expires = now.AddSeconds(left).ToString("R", CultureInfo.InvariantCulture);
        }
    }
}
