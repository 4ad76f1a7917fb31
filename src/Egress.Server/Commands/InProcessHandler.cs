using System.Net;
using Egress.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Server.Commands;

/// <summary>Passes requests for <c>links</c>, <c>exports</c> and the paths below them directly to the endpoints in this process, without a socket.</summary>
internal sealed class InProcessHandler(IServiceProvider services) : HttpMessageHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        var target = request.RequestUri!.PathAndQuery;
        context.Request.Method = request.Method.Method;
        context.Request.QueryString = new QueryString(request.RequestUri.Query);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        foreach (var (name, values) in request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>()))
        {
            context.Request.Headers[name] = values.ToArray();
        }

        if (request.Content is not null)
        {
            context.Request.Body = await request.Content.ReadAsStreamAsync(cancellationToken);
        }

        using var body = new MemoryStream();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        var segments = target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var hasId = segments is [.., EgressRoutes.Links or EgressRoutes.Exports, _];
        var isExport = segments[hasId ? ^2 : ^1] == EgressRoutes.Exports;
        if (hasId)
        {
            context.Request.RouteValues["id"] = Uri.UnescapeDataString(segments[^1]);
        }

        await services.GetRequiredService<EgressEndpoints>().AnswerAsync(
            isExport ? hasId ? EgressRoutes.Export : EgressRoutes.Exports : hasId ? EgressRoutes.Link : EgressRoutes.Links, context, cancellationToken);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
        return new HttpResponseMessage((HttpStatusCode)context.Response.StatusCode) { Content = new ByteArrayContent(body.ToArray()), RequestMessage = request };
    }
}
