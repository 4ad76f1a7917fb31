using System.Diagnostics.CodeAnalysis;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>Reads the parameters of a link. Other parameters are ignored.</summary>
internal static class LinkQuery
{
    /// <summary>Reads <c>expiry</c> and <c>signature</c>; empty counts as absent.</summary>
    /// <returns>False when one of them was given more than once.</returns>
    public static bool TryRead(IQueryCollection query, string id, [NotNullWhen(true)] out DownloadRequest? request)
    {
        var (expiry, signature) = (query["expiry"], query["signature"]);
        request = expiry.Count > 1 || signature.Count > 1 ? null : new DownloadRequest(id, NullIfEmpty(expiry), NullIfEmpty(signature));
        return request is not null;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
