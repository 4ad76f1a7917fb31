using System.Globalization;
using Egress.Http.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Responses;

/// <summary>
/// The HTML page that shows a problem to people who open a link in a browser. It has the style of the other pages and no script. Immutable.
/// </summary>
internal sealed class ProblemPage(PageFrame frame)
{
    /// <summary>Sets the headers of the response, and returns the page.</summary>
    /// <param name="problem">The problem to show.</param>
    /// <param name="context">The request.</param>
    /// <param name="requestId">The id of the request, with which an operator finds its log lines.</param>
    /// <returns>The page, UTF-8.</returns>
    public byte[] Write(Problem problem, HttpContext context, string requestId)
    {
        var texts = PageTexts.For(context.Request);
        PageFrame.SetHeaders(context.Response, texts.Language, frame.PolicyOfText);
        context.Response.Headers.Vary = $"{HeaderNames.Accept}, {HeaderNames.AcceptLanguage}";
        var (title, detail) = texts.Problems.GetValueOrDefault(problem.Code) ?? new ProblemText(problem.Title, problem.Detail);
        var reference = string.Format(CultureInfo.InvariantCulture, texts.Error, problem.Status, problem.Code, requestId);
        return frame.Write(
            texts.Language,
            title,
            $"""
            <div class="card">
            <h1>{title}</h1>
            <p>{detail}</p>
            <p class="reference">{reference}</p>
            </div>

            """);
    }
}
