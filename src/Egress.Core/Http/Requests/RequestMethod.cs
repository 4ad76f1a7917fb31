using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>
/// Compares methods case-sensitively (RFC 9110 9.1). <see cref="HttpMethods"/> treats <c>head</c> as HEAD, but the server does not: it would wait for
/// a body of the length in <c>Content-Length</c>.
/// </summary>
internal static class RequestMethod
{
    /// <summary>Whether the method is HEAD, so that the response must not have a body.</summary>
    public static bool IsHead(HttpRequest request) => request.Method == "HEAD";

    /// <summary>Whether the method is GET, which is the only one that supports ranges.</summary>
    public static bool IsGet(HttpRequest request) => request.Method == "GET";
}
