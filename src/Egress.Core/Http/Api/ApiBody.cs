using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Api;

/// <summary>Checks whether the body of a request is JSON as Egress reads it.</summary>
internal static class ApiBody
{
    /// <summary>Whether the body is JSON in UTF-8, and not compressed.</summary>
    public static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        && request.Headers.ContentEncoding.All(static coding => string.Equals(coding?.Trim(), "identity", StringComparison.OrdinalIgnoreCase));
}
