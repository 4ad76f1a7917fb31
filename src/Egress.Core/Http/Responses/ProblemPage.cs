using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Responses;

/// <summary>A problem as a page for people whose browser opened a link. It loads nothing and runs no script.</summary>
internal static class ProblemPage
{
    private const string Style =
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem}h1{font-size:1.5rem}small{opacity:.7}";

    /// <summary>Only the page's own style, by its digest.</summary>
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Sets the headers of the page.</summary>
    /// <param name="problem">What to tell.</param>
    /// <param name="response">The response.</param>
    /// <param name="requestId">Id by which an operator finds the log lines.</param>
    /// <returns>The page, UTF-8.</returns>
    public static byte[] Write(Problem problem, HttpResponse response, string requestId)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;

        // The address of the page is a link that may be signed.
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["X-Robots-Tag"] = "noindex";
        return Encoding.UTF8.GetBytes(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Encode(problem.Title)}</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>{Encode(problem.Title)}</h1>
            <p>{Encode(problem.Detail)}</p>
            <p><small>Error {problem.Status} ({Encode(problem.Code)}), request {Encode(requestId)}</small></p>
            </body>
            </html>

            """);
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
