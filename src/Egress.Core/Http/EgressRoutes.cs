using Egress.Exports;
using Egress.Http.Api;
using Egress.Http.Callbacks;
using Egress.Http.Exports;
using Egress.Http.Links;
using Egress.Http.View;
using Egress.Links.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Http;

/// <summary>
/// The table of routes. It defines the routes of the hosts, the reserved words, the <c>Allow</c> header and the route constraint of the Functions
/// app. A new endpoint is a class, the constant of its template, and a line in <see cref="All"/>. Tests report a missing function, and a first path
/// segment that is missing in <see cref="Words"/>.
/// </summary>
internal static class EgressRoutes
{
    /// <summary>Liveness.</summary>
    public const string Health = "health";

    /// <summary>Readiness.</summary>
    public const string Ready = "ready";

    /// <summary>The Prometheus text.</summary>
    public const string Metrics = "metrics";

    /// <summary>Links: creates and lists them.</summary>
    public const string Links = "links";

    /// <summary>One link: its state, and its revocation.</summary>
    public const string Link = "links/{id}";

    /// <summary>Exports: accepts them.</summary>
    public const string Exports = "exports";

    /// <summary>One export: its state, and its cancellation.</summary>
    public const string Export = "exports/{id}";

    /// <summary>Callbacks that could not be delivered.</summary>
    public const string Callbacks = "callbacks";

    /// <summary>Puts callbacks back on the queue.</summary>
    public const string ReplayCallbacks = "callbacks/replay";

    /// <summary>The description of the API.</summary>
    public const string OpenApi = "openapi.json";

    /// <summary>The archive of a record.</summary>
    public const string Download = "download/{id}";

    /// <summary>A single file of a record, without an archive.</summary>
    public const string File = "download/{id}/files/{n}";

    /// <summary>The page about the archive of a record.</summary>
    public const string View = "view/{id}";

    /// <summary>The archive of a record, under the path of older links.</summary>
    public const string Id = "{id}";

    /// <summary>
    /// <see cref="Id"/> with a constraint that excludes every reserved word. The Functions host uses the first route that matches, even if another
    /// one is literal.
    /// </summary>
    public const string UnreservedId = "{id:regex(^(?!(?:" + Words + ")$))}";

    /// <summary>
    /// Reserved first path segments, as alternatives of a regular expression. It is a constant, because attributes use the constraint.
    /// </summary>
    private const string Words = Health + "|" + Ready + "|" + Metrics + @"|links|exports|callbacks|download|view|openapi\.json|admin|runtime|favicon\.ico|robots\.txt";

    /// <summary>Path segments that are never the id of a record.</summary>
    public static IReadOnlyList<string> ReservedWords { get; } = Words.Replace(@"\", "", StringComparison.Ordinal).Split('|');

    /// <summary>Reserved words without an endpoint: answered 404.</summary>
    public static IReadOnlyList<string> WithoutEndpoint => [.. ReservedWords.Except(All.Select(static route => route.Template))];

    /// <summary>Every route.</summary>
    internal static IReadOnlyList<EgressRoute> All { get; } =
    [
        new(Health, static _ => static (context, _) => HealthEndpoint.HealthAsync(context)),
        new(Ready, static services => Create<HealthEndpoint>(services).ReadyAsync),
        new(Metrics, static services => Create<MetricsEndpoint>(services).HandleAsync),
        new(Links, static services => Create<LinksEndpoint>(services).HandleAsync)
        {
            Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post],
            Exists = HasApi,
            IsApi = true,
        },
        new(Link, LinkById)
        {
            Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Delete],
            Exists = HasApi,
            IsApi = true,
        },
        new(Exports, static services => Create<ExportsEndpoint>(services).HandleAsync)
        {
            Methods = [HttpMethods.Post],
            Exists = HasExports,
            IsApi = true,
        },
        new(Export, ExportById)
        {
            Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Delete],
            Exists = HasExports,
            IsApi = true,
        },
        new(Callbacks, static services => Create<CallbacksEndpoint>(services).HandleListAsync)
        {
            Exists = HasApi,
            IsApi = true,
        },
        new(ReplayCallbacks, static services => Create<CallbacksEndpoint>(services).HandleReplayAsync)
        {
            Methods = [HttpMethods.Post],
            Exists = HasApi,
            IsApi = true,
        },
        new(OpenApi, static services => Create<OpenApiEndpoint>(services).HandleAsync),
        new(Download, DownloadById) { IsDownload = true },
        new(File, DownloadById) { IsDownload = true },
        new(View, ViewById),
        new(Id, DownloadById) { IsDownload = true },
    ];

    /// <summary>Returns the id from routing; null if the route has none.</summary>
    internal static string? IdOf(HttpContext context) => (string?)context.GetRouteValue("id");

    /// <summary>Creates an endpoint with the services of its constructor. Endpoints need no registration.</summary>
    private static T Create<T>(IServiceProvider services) => ActivatorUtilities.CreateInstance<T>(services);

    private static bool HasApi(IServiceProvider services) => !services.GetRequiredService<ApiKeyRing>().IsEmpty;

    private static bool HasExports(IServiceProvider services) => HasApi(services) && services.GetRequiredService<ExportOptions>().IsOn;

    private static EndpointHandler ExportById(IServiceProvider services)
    {
        var endpoint = Create<ExportEndpoint>(services);
        return (context, _) => endpoint.HandleAsync(context, IdOf(context)!);
    }

    private static EndpointHandler LinkById(IServiceProvider services)
    {
        var endpoint = Create<LinkEndpoint>(services);
        return (context, _) => endpoint.HandleAsync(context, IdOf(context)!);
    }

    private static EndpointHandler ViewById(IServiceProvider services)
    {
        var endpoint = Create<ViewEndpoint>(services);
        return (context, hostStopping) => endpoint.HandleAsync(context, IdOf(context)!, hostStopping);
    }

    private static EndpointHandler DownloadById(IServiceProvider services)
    {
        var endpoint = Create<DownloadEndpoint>(services);
        return (context, hostStopping) => endpoint.HandleAsync(context, IdOf(context)!, (string?)context.GetRouteValue("n"), hostStopping);
    }
}

/// <summary>Answers one request.</summary>
/// <param name="context">The request.</param>
/// <param name="hostStopping">Canceled when the host must end this request.</param>
internal delegate Task EndpointHandler(HttpContext context, CancellationToken hostStopping);

/// <summary>One route.</summary>
/// <param name="Template">Route template without a leading slash.</param>
/// <param name="Endpoint">Returns the handler of requests.</param>
internal sealed record EgressRoute(string Template, Func<IServiceProvider, EndpointHandler> Endpoint)
{
    /// <summary>The allowed methods, in capital letters. Methods are case-sensitive (RFC 9110 9.1).</summary>
    public IReadOnlyList<string> Methods { get; init; } = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Whether the route exists with these settings. Otherwise every method is answered with 404.</summary>
    public Func<IServiceProvider, bool> Exists { get; init; } = static _ => true;

    /// <summary>Whether the route is called by programs. Its refusals are problem documents even for clients that prefer HTML.</summary>
    public bool IsApi { get; init; }

    /// <summary>
    /// Whether requests are measured and traced as downloads. Those of load balancers and scrapers are not, because they would outnumber the
    /// downloads.
    /// </summary>
    public bool IsDownload { get; init; }
}
