using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>
/// Compares methods case-sensitively (RFC 9110 9.1). <see cref="HttpMethods"/> treats <c>head</c> as HEAD, but the server does not, and would wait
/// for the announced body.
/// </summary>
internal static class RequestMethod
{
    /// <summary>Whether the response must not have a body.</summary>
    public static bool IsHead(HttpRequest request) => request.Method == "HEAD";

    /// <summary>Whether the method supports ranges.</summary>
    public static bool IsGet(HttpRequest request) => request.Method == "GET";
}
