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
/// app. A new endpoint is a class, the constant of its template, and a line in <see cref="All"/>. Tests fail if a route has no function, or if its
/// first path segment is missing in <see cref="Words"/>.
/// </summary>
internal static class EgressRoutes
{
    /// <summary>The liveness check.</summary>
    public const string Health = "health";

    /// <summary>The readiness check.</summary>
    public const string Ready = "ready";

    /// <summary>The metrics in the text format of Prometheus.</summary>
    public const string Metrics = "metrics";

    /// <summary>The collection of links: creates a link, and lists links.</summary>
    public const string Links = "links";

    /// <summary>One link: returns its state, and revokes it.</summary>
    public const string Link = "links/{id}";

    /// <summary>The collection of exports: starts an export.</summary>
    public const string Exports = "exports";

    /// <summary>One export: returns its state, and cancels it.</summary>
    public const string Export = "exports/{id}";

    /// <summary>The list of callbacks that could not be delivered.</summary>
    public const string Callbacks = "callbacks";

    /// <summary>Puts callbacks back on the queue.</summary>
    public const string ReplayCallbacks = "callbacks/replay";

    /// <summary>The OpenAPI description of the API.</summary>
    public const string OpenApi = "openapi.json";

    /// <summary>The archive of a record.</summary>
    public const string Download = "download/{id}";

    /// <summary>A single file of a record, without an archive.</summary>
    public const string File = "download/{id}/files/{n}";

    /// <summary>The page about the archive of a record.</summary>
    public const string View = "view/{id}";

    /// <summary>The archive of a record, at the path that older links have.</summary>
    public const string Id = "{id}";

    /// <summary>
    /// <see cref="Id"/> with a constraint that excludes every reserved word. The constraint is needed because the Functions host uses the first route
    /// that matches, and does not prefer literal routes.
    /// </summary>
    public const string UnreservedId = "{id:regex(^(?!(?:" + Words + ")$))}";

    /// <summary>
    /// The reserved first path segments, as alternatives of a regular expression. They are a constant, because attributes contain the constraint.
    /// </summary>
    private const string Words = Health + "|" + Ready + "|" + Metrics + @"|links|exports|callbacks|download|view|openapi\.json|admin|runtime|favicon\.ico|robots\.txt";

    /// <summary>Path segments that are never the id of a record.</summary>
    public static IReadOnlyList<string> ReservedWords { get; } = Words.Replace(@"\", "", StringComparison.Ordinal).Split('|');

    /// <summary>The reserved words without an endpoint, which are answered with 404.</summary>
    public static IReadOnlyList<string> WithoutEndpoint => [.. ReservedWords.Except(All.Select(static route => route.Template))];

    /// <summary>The table of all routes.</summary>
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

    /// <summary>Returns the value of <c>{id}</c> in the matched route; null if the route has none.</summary>
    internal static string? IdOf(HttpContext context) => (string?)context.GetRouteValue("id");

    /// <summary>Creates an endpoint and injects the services that its constructor needs. Endpoints are not registered as services.</summary>
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

/// <summary>One route, and the endpoint that answers its requests.</summary>
/// <param name="Template">Route template without a leading slash.</param>
/// <param name="Endpoint">Creates the endpoint, and returns its handler of requests.</param>
internal sealed record EgressRoute(string Template, Func<IServiceProvider, EndpointHandler> Endpoint)
{
    /// <summary>The allowed HTTP methods, in capital letters, because methods are case-sensitive (RFC 9110 9.1).</summary>
    public IReadOnlyList<string> Methods { get; init; } = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Returns whether the settings enable the route. Requests to a route that is not enabled are answered with 404.</summary>
    public Func<IServiceProvider, bool> Exists { get; init; } = static _ => true;

    /// <summary>Whether the route is meant for programs. Its errors are problem documents even for clients that prefer HTML.</summary>
    public bool IsApi { get; init; }

    /// <summary>
    /// Whether requests are measured and traced as downloads. Requests to the health checks and metrics are not, because they would outnumber the
    /// downloads.
    /// </summary>
    public bool IsDownload { get; init; }
}
