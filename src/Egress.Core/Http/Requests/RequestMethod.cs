using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>Compares methods as RFC 9110 9.1 has them, case-sensitively. <see cref="HttpMethods"/> takes <c>head</c> for HEAD, but the server does not:
/// it would wait for the body that was announced.</summary>
internal static class RequestMethod
{
    /// <summary>Whether the response must not have a body.</summary>
    public static bool IsHead(HttpRequest request) => request.Method == "HEAD";

    /// <summary>Whether a range applies.</summary>
    public static bool IsGet(HttpRequest request) => request.Method == "GET";
}
