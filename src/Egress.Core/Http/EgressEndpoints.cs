using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>
/// Everything that Egress answers, written once for both hosts. The hosts only route: each method takes the request whatever its
/// HTTP method is, and answers 405 itself.
/// </summary>
public sealed partial class EgressEndpoints
{
    private static readonly Func<ILogger, string, IDisposable?> RequestScope = LoggerMessage.DefineScope<string>("RequestId:{RequestId}");
    private static readonly Func<ILogger, string, string, IDisposable?> DownloadScope =
        LoggerMessage.DefineScope<string, string>("RequestId:{RequestId} DownloadId:{DownloadId}");

    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    private readonly DownloadEndpoint _download;
    private readonly HealthEndpoint _health;
    private readonly MetricsEndpoint _page;
    private readonly EgressMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<EgressEndpoints> _logger;

    internal EgressEndpoints(
        DownloadEndpoint download, HealthEndpoint health, MetricsEndpoint page, EgressMetrics metrics, TimeProvider time, ILogger<EgressEndpoints> logger) =>
        (_download, _health, _page, _metrics, _time, _logger) = (download, health, page, metrics, time, logger);

    /// <summary><c>/download/{id}</c> and <c>/{id}</c>: the archive.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">The route value.</param>
    /// <param name="hostStopping">Fires when the host must end this request.</param>
    public Task DownloadAsync(HttpContext context, string id, CancellationToken hostStopping) =>
        MeasureAsync(context, id, () => _download.HandleAsync(context, id, hostStopping));

    /// <summary><c>/health</c>: liveness.</summary>
    public Task HealthAsync(HttpContext context) => RunAsync(context, () => HealthEndpoint.HealthAsync(context));

    /// <summary><c>/ready</c>: readiness.</summary>
    public Task ReadyAsync(HttpContext context) => RunAsync(context, () => _health.ReadyAsync(context));

    /// <summary><c>/metrics</c>: the Prometheus text.</summary>
    public Task MetricsAsync(HttpContext context) => RunAsync(context, () => _page.HandleAsync(context));

    /// <summary>Every other address.</summary>
    public Task NotFoundAsync(HttpContext context) => RunAsync(context, () => ProblemTable.NoRoute.WriteAsync(context), anyMethod: true);

    /// <summary>Only requests for downloads are measured: those of load balancers and scrapers would drown them.</summary>
    private async Task MeasureAsync(HttpContext context, string id, Func<Task> answer)
    {
        using var span = EgressTraces.StartDownload(context.Request, id);
        var started = _time.GetTimestamp();
        try
        {
            await RunAsync(context, answer, id);
        }
        finally
        {
            var nobodyLeft = context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted;
            var status = nobodyLeft ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
            _metrics.RequestAnswered(status, _time.GetElapsedTime(started));
            EgressTraces.EndDownload(span, context.TraceIdentifier, status);
        }
    }

    /// <summary>What every request gets: its id, a log scope with it, the method check, and an answer when Egress itself fails.</summary>
    private async Task RunAsync(HttpContext context, Func<Task> answer, string? downloadId = null, bool anyMethod = false)
    {
        var requestId = RequestId.Assign(context);
        using var scope = downloadId is null ? RequestScope(_logger, requestId) : DownloadScope(_logger, requestId, downloadId);
        var mayAnswer = anyMethod || ReadMethods.Contains(context.Request.Method);
        try
        {
            await (mayAnswer ? GuardAsync(context, answer) : ProblemTable.MethodNotAllowed.WriteAsync(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
    }

    private async Task GuardAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
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

    [LoggerMessage(1090, LogLevel.Error, "A request failed by a fault of Egress")]
    private partial void Failed(Exception exception);
}
