using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>
/// Answers all requests to Egress, in both hosts. The hosts route by the templates of <see cref="EgressRoutes"/> and not by the HTTP method, because
/// Egress itself answers 405.
/// </summary>
public sealed partial class EgressEndpoints
{
    private readonly Dictionary<string, (EgressRoute Route, EndpointHandler? Answer)> _routes;
    private readonly EgressMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly AccessLog _access;
    private readonly ProblemPage _problems;
    private readonly ILogger<EgressEndpoints> _logger;

    internal EgressEndpoints(
        IEnumerable<(EgressRoute Route, EndpointHandler? Answer)> routes, EgressMetrics metrics, AccessLog access, ProblemPage problems,
        TimeProvider time, ILogger<EgressEndpoints> logger)
    {
        _routes = routes.ToDictionary(static entry => entry.Route.Template);
        (_metrics, _access, _problems, _time, _logger) = (metrics, access, problems, time, logger);
    }

    /// <summary>The route templates that have an endpoint.</summary>
    public IReadOnlyCollection<string> Templates => _routes.Keys;

    /// <summary>Answers a request.</summary>
    /// <param name="template">The route template that matched, one of <see cref="EgressRoutes"/>.</param>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public Task AnswerAsync(string template, HttpContext context, CancellationToken hostStopping)
    {
        if (_routes[template] is not ({ } route, { } answer))
        {
            return NotFoundAsync(context);
        }

        return route.IsDownload
            ? MeasureAsync(context, route, answer, hostStopping)
            : RunAsync(context, route, answer, LogScope(context, downloadId: null), hostStopping);
    }

    /// <summary>
    /// Answers a request to a function. If the client disconnects, the returned task completes before Egress has decided and reported how the request
    /// ended.
    /// </summary>
    /// <param name="template">The route template that matched, one of <see cref="EgressRoutes"/>.</param>
    /// <param name="context">The request. Its response is completed only after the report.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public async Task AnswerFunctionAsync(string template, HttpContext context, CancellationToken hostStopping)
    {
        var function = new FunctionRelease(_time);
        context.Features.Set(function);
        var answer = AnswerAsync(template, context, hostStopping);
        if (await Task.WhenAny(answer, function.Released) == answer)
        {
            await answer;
        }
        else
        {
            context.Response.OnCompleted(() => answer);
        }
    }

    /// <summary>Answers a request to an address without a route.</summary>
    /// <param name="context">The request.</param>
    public Task NotFoundAsync(HttpContext context) =>
        RunAsync(context, route: null, static (context, _) => ProblemTable.NoRoute.WriteAsync(context), LogScope(context, downloadId: null), default);

    private async Task MeasureAsync(HttpContext context, EgressRoute route, EndpointHandler answer, CancellationToken hostStopping)
    {
        var id = PrintableText.Shorten(EgressRoutes.IdOf(context)!);
        using var span = EgressTraces.StartDownload(context.Request, id);
        var started = _time.GetTimestamp();
        try
        {
            await RunAsync(context, route, answer, LogScope(context, id), hostStopping);
        }
        finally
        {
            var disconnected = context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted;
            var status = disconnected ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
            var ended = context.Features.Get<FunctionRelease>()?.ReleasedAt ?? _time.GetTimestamp();
            var duration = _time.GetElapsedTime(started, ended);
            _metrics.RequestAnswered(status, duration);
            using (_logger.BeginScope(new RequestScope(context.TraceIdentifier, id)))
            {
                _access.Write(context, status, duration);
            }

            EgressTraces.EndDownload(span, context.TraceIdentifier, status);
        }
    }

    /// <summary>
    /// Sets the request id and the log scope, checks the HTTP method, and runs the endpoint. Answers with a problem if the endpoint throws.
    /// </summary>
    private async Task RunAsync(HttpContext context, EgressRoute? route, EndpointHandler answer, RequestScope scope, CancellationToken hostStopping)
    {
        using var logScope = _logger.BeginScope(scope);
        context.Features.Set(route is { IsApi: true } ? null : _problems);
        try
        {
            await (route is null || route.Methods.Contains(context.Request.Method)
                ? GuardAsync(context, answer, hostStopping)
                : ProblemTable.MethodNotAllowed(route.Methods).WriteAsync(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client disconnected, so no response is sent.
        }
    }

    private async Task GuardAsync(HttpContext context, EndpointHandler answer, CancellationToken hostStopping)
    {
        try
        {
            await answer(context, hostStopping);
        }
        catch (Exception e) when (e is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            Failed(e);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await ProblemTable.Internal.WriteAsync(context);
        }
    }

    private static RequestScope LogScope(HttpContext context, string? downloadId) => new(RequestId.Assign(context), downloadId);

    [LoggerMessage(1090, LogLevel.Error, "A request failed because of a fault in Egress")]
    private partial void Failed(Exception exception);
}
