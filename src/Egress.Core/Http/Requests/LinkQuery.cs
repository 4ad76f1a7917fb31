using System.Diagnostics.CodeAnalysis;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>Reads the query parameters of a link. Unknown parameters are ignored.</summary>
internal static class LinkQuery
{
    /// <summary>
    /// Reads <c>expiry</c>, <c>signature</c> and <c>list</c>, and all values of <c>files</c>. Empty values of the first three count as absent.
    /// </summary>
    /// <returns>False if one of the first three occurs more than once.</returns>
    public static bool TryRead(IQueryCollection query, string id, [NotNullWhen(true)] out DownloadRequest? request)
    {
        var (expiry, signature, list) = (query["expiry"], query["signature"], query["list"]);
        request = expiry.Count > 1 || signature.Count > 1 || list.Count > 1
            ? null
            : new DownloadRequest(id, NullIfEmpty(expiry), NullIfEmpty(signature))
            {
                Files = query.TryGetValue("files", out var files) ? files : default(IReadOnlyList<string?>),
                List = NullIfEmpty(list),
            };
        return request is not null;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
