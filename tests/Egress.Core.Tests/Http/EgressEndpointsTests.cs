using Egress.Core.Tests.Callbacks;
using Egress.Core.Tests.Deliveries;
using Egress.Core.Tests.Downloads;
using Egress.Core.Tests.Links;
using Egress.Core.Tests.Telemetry;
using Egress.Downloads;
using Egress.Http;
using Egress.Http.Pages;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Budgets;
using Egress.Records;
using Egress.Records.Links;
using Egress.Telemetry;
using Egress.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace Egress.Core.Tests.Http;

/// <summary>Tests how requests end, and that each one is counted.</summary>
public sealed class EgressEndpointsTests : IAsyncLifetime
{
    private readonly DeliveryFixture _deliveries = new();
    private readonly TestMetrics _metrics = new();
    private readonly DownloadFixture _fixture = new DownloadFixture().Put(("a.jpg", new byte[100]));
    private readonly CancellationTokenSource _client = new();
    private readonly DefaultHttpContext _context = new();
    private readonly Output _output = new();
    private readonly Response _response;
    private readonly FakeLogger<AccessLog> _access = new();
    private readonly MemoryLinkBudgets _budgets = new();
    private readonly CallbackLinks _links = new();
    private readonly DownloadGate _gate = new(new DownloadOptions { MaxActiveDownloads = 1 });
    private readonly ResponseTails _tails = new(NullLogger<ResponseTails>.Instance);

    private string Status => Assert.Single(_metrics.NotZero().Keys, key => key.StartsWith("egress_requests_total", StringComparison.Ordinal));

    public EgressEndpointsTests() => _response = new Response(_output);

    public ValueTask InitializeAsync()
    {
        _context.Request.Method = HttpMethods.Get;
        _context.RequestAborted = _client.Token;
        _context.Features.Set<IHttpResponseBodyFeature>(_response);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _metrics.Dispose();
        await _deliveries.DisposeAsync();
    }

    [Fact]
    public async Task The_response_is_complete_before_checksums_are_stored()
    {
        bool? wasComplete = null;
        _fixture.Cache.BeforeFind = () => wasComplete ??= _response.IsComplete;
        await DownloadAsync();
        Assert.Equal(true, wasComplete);
        Assert.Equal("egress_requests_total{status=200}", Status);
    }

    [Fact]
    public async Task The_request_ends_before_checksums_are_stored_and_a_shutdown_waits_for_them()
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fixture.Cache.Waits = stored.Task;
        await _tails.StartAsync(CancellationToken.None);
        await DownloadAsync();
        Assert.True(_response.IsComplete);
        Assert.Equal(1, _gate.Active); // other downloads use the slot
        Assert.Null(_gate.TryEnter(out var slot));
        slot!.Dispose();

        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate.Drained += drained.SetResult;
        _gate.Drain();
        var stop = _tails.StopAsync(CancellationToken.None);
        Assert.False(stop.IsCompleted || drained.Task.IsCompleted);
        stored.SetResult();
        await stop;
        await drained.Task;
        Assert.Equal(0, _gate.Active);
        Assert.NotEmpty(_fixture.Cache.Crcs);
    }

    [Fact]
    public async Task A_shutdown_waits_for_what_follows_a_download_no_longer_than_the_host_allows()
    {
        _fixture.Cache.Waits = new TaskCompletionSource().Task;
        await _tails.StartAsync(CancellationToken.None);
        await DownloadAsync();
        using var limit = new CancellationTokenSource();
        var stop = _tails.StopAsync(limit.Token);
        Assert.False(stop.IsCompleted);
        await limit.CancelAsync();
        await stop;
    }

    [Fact]
    public async Task A_fault_after_a_download_is_logged_and_releases_its_slot()
    {
        var log = new FakeLogger<ResponseTails>();
        var tails = new ResponseTails(log);
        await tails.StartAsync(CancellationToken.None);
        Assert.Null(_gate.TryEnter(out var slot));
        await tails.RunAsync(slot!, static () => throw new InvalidOperationException("defect"));
        slot!.Dispose();
        await tails.StopAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => Task.FromResult(_gate.Active == 0), "the place", TestContext.Current.CancellationToken);
        Assert.Equal(1091, Assert.Single(log.Collector.GetSnapshot()).Id.Id);
    }

    [Fact]
    public async Task A_method_that_is_not_allowed_is_counted_although_the_client_disconnected()
    {
        _context.Request.Method = HttpMethods.Post;
        await _client.CancelAsync();
        await DownloadAsync();
        Assert.Equal("egress_requests_total{status=499}", Status);
    }

    [Fact]
    public async Task A_fault_in_Egress_is_counted_although_the_client_disconnected()
    {
        _fixture.BeforeFind = async _ =>
        {
            await _client.CancelAsync();
            throw new InvalidOperationException("defect");
        };
        await DownloadAsync();
        Assert.Equal("egress_requests_total{status=499}", Status);
    }

    [Fact]
    public async Task Planning_ends_with_the_time_to_the_first_byte()
    {
        var asked = new TaskCompletionSource();
        _fixture.BeforeFind = token =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        var download = DownloadAsync();
        await asked.Task;
        _fixture.Time.Advance(_fixture.Options.RequestTimeout);
        await download;
        Assert.Equal("egress_requests_total{status=504}", Status);
    }

    [Fact]
    public async Task The_reservation_of_a_disconnected_client_is_released_before_the_reason_is_known()
    {
        _fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = _fixture.Record.Objects, Link = new LinkState { MaxDownloads = 1 } };
        var function = new FunctionRelease(_fixture.Time);
        _context.Features.Set(function);
        _output.Disconnect = _client.CancelAsync;
        var download = DownloadAsync();
        await function.Released;
        var disconnected = _fixture.Time.GetUtcNow();

        Assert.Equal(0, (await _budgets.OfAsync("id")).Running);
        Assert.False(download.IsCompleted);
        while (!download.IsCompleted) // the function returns before the wait begins, so the clock advances repeatedly
        {
            _fixture.Time.Advance(DisconnectVerdict.Grace);
            await Task.Yield();
        }

        await download;
        // the time of the disconnect, because the client may have resumed and completed the download since
        Assert.Equal(disconnected, Assert.Single(_links.Transfers).At);
    }

    private async Task DownloadAsync()
    {
        await using var limiter = new ClientLimiter(new ClientLimitOptions(), _fixture.Time, NullLogger<ClientLimiter>.Instance);
        var report = new DownloadReport(_metrics.Metrics, NullLogger<DownloadReport>.Instance, TimeProvider.System);
        var use = new LinkUse(_links, new LinkBudgets(_budgets), _fixture.Time, NullLogger<LinkUse>.Instance);
        var watch = new LinkWatch(new NoLinks(), _fixture.Time, NullLogger<LinkWatch>.Instance);
        var verdict = new DisconnectVerdict(_gate, _fixture.Time);
        var responder = new DownloadResponder(_fixture.Streamer, _fixture.Manifests, _deliveries["A"].Tracker, use, verdict, new CachePolicy(_fixture.Options, _fixture.Time), report, _tails, _fixture.Time);
        var endpoint = new DownloadEndpoint(
            limiter, _gate, _fixture.Planner(), _fixture.Manifests, responder, watch, report, _fixture.Options, _fixture.Time);
        var route = EgressRoutes.All.Single(static route => route.Template == EgressRoutes.Download);
        var endpoints = new EgressEndpoints(
            [(route, (context, stopping) => endpoint.HandleAsync(context, "id", null, stopping))],
            _metrics.Metrics, new AccessLog(new TelemetryOptions(), new ClientLimitOptions(), _access), new ProblemPage(new PageFrame(new PageOptions())),
            _fixture.Time, NullLogger<EgressEndpoints>.Instance);
        _context.Request.RouteValues["id"] = "id";
        await endpoints.AnswerAsync(EgressRoutes.Download, _context, CancellationToken.None);
        Assert.Equal(Status.Split('=')[1].TrimEnd('}'), Assert.Single(_access.Collector.GetSnapshot()).GetStructuredStateValue("Status"));
    }

    private sealed class Response(Stream output) : StreamResponseBodyFeature(output)
    {
        public bool IsComplete { get; private set; }

        public override Task CompleteAsync()
        {
            IsComplete = true;
            return base.CompleteAsync();
        }
    }

    private sealed class Output : MemoryStream
    {
        /// <summary>Called at the first byte. After it the client is disconnected.</summary>
        public Func<Task>? Disconnect { get; set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Disconnect is not null)
            {
                await Disconnect();
                throw new IOException("The client disconnected.");
            }

            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
