using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>The id in a request's log lines, callback and problem documents.</summary>
internal static class RequestId
{
    /// <summary>The header of requests and responses that contains the id.</summary>
    public const string Header = "X-Request-ID";

    private const int MaxLength = 128;

    /// <summary>Takes the id from the request if it is valid, otherwise creates one, and sets the response header.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The id.</returns>
    public static string Assign(HttpContext context)
    {
        var incoming = context.Request.Headers[Header].ToString();
        var id = IsValid(incoming) ? incoming : Guid.NewGuid().ToString();
        context.TraceIdentifier = id;
        context.Response.Headers[Header] = id;
        return id;
    }

    private static bool IsValid(string id) =>
        id.Length is > 0 and <= MaxLength && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
