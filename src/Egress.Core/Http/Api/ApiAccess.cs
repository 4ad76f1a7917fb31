using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Keys;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Api;

/// <summary>Admits requests to the API. Checks the rate limit of the client's address first, and then the API key.</summary>
internal sealed class ApiAccess(ApiKeyRing keys, ClientLimiter limiter, LinkReport report)
{
    /// <summary>Finds the API key of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The API key; null if the request is refused.</param>
    /// <returns>The problem; null if the request may continue.</returns>
    public Problem? Refuse(HttpContext context, out ApiKey? key)
    {
        key = null;
        if (limiter.TryCount(context) is { } limited)
        {
            return ProblemTable.For(limited);
        }

        var secret = ApiKeyHeader.Read(context.Request);
        key = secret is null ? null : keys.Find(secret);
        if (key is not null)
        {
            return null;
        }

        report.KeyRefused(hasKey: secret is not null);
        return ProblemTable.ApiKeyRequired;
    }
}
