using Microsoft.AspNetCore.Http;

namespace Egress.Http.Api;

/// <summary>Reads the secret that a request presents in <c>X-Api-Key</c> or in <c>Authorization: Bearer</c> (RFC 6750).</summary>
internal static class ApiKeyHeader
{
    /// <summary>The name of Egress's own header, which takes precedence over <c>Authorization</c>.</summary>
    public const string Name = "X-Api-Key";

    private const string Scheme = "Bearer ";

    /// <summary>Returns the secret; null if the request has none, or more than one.</summary>
    public static string? Read(HttpRequest request)
    {
        var own = request.Headers[Name];
        if (own.Count > 0)
        {
            return own is [{ Length: > 0 } secret] ? secret : null;
        }

        return request.Headers.Authorization is [{ } text] && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && text[Scheme.Length..].Trim() is { Length: > 0 } token
                ? token
                : null;
    }
}
