using Egress.Core.Tests.Telemetry;
using Egress.Http;
using Egress.Http.Pages;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http;

/// <summary>
/// Tests with exceptions that an endpoint should not throw. After the first byte, only a broken connection shows the client that the response is
/// incomplete.
/// </summary>
public sealed class EgressFaultTests : IDisposable
{
    private const int FaultEvent = 1090;

    private readonly TestMetrics _metrics = new();
    private readonly FakeLogger<EgressEndpoints> _logger = new();
    private readonly Connection _connection = new();

    public void Dispose() => _metrics.Dispose();

    [Theory]
    [InlineData(false, StatusCodes.Status500InternalServerError)]
    [InlineData(true, StatusCodes.Status200OK)]
    public async Task A_fault_is_answered_before_the_first_byte_and_breaks_the_connection_afterwards(bool hasStarted, int status)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.Features.Set<IHttpResponseFeature>(new Response(hasStarted));
        context.Features.Set<IHttpRequestLifetimeFeature>(_connection);
        var route = EgressRoutes.All.Single(static route => route.Template == EgressRoutes.Health);
        var endpoints = new EgressEndpoints(
            [(route, static (_, _) => throw new InvalidOperationException("defect"))],
            _metrics.Metrics,
            new AccessLog(new TelemetryOptions(), new ClientLimitOptions(), NullLogger<AccessLog>.Instance),
            new ProblemPage(new PageFrame(new PageOptions())),
            new FakeTimeProvider(),
            _logger);

        await endpoints.AnswerAsync(EgressRoutes.Health, context, CancellationToken.None);

        Assert.Equal((hasStarted, status), (_connection.IsAborted, context.Response.StatusCode));
        Assert.Equal((LogLevel.Error, FaultEvent), (_logger.LatestRecord.Level, _logger.LatestRecord.Id.Id));
    }

    private sealed class Response(bool hasStarted) : HttpResponseFeature
    {
        public override bool HasStarted => hasStarted;
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }
}
