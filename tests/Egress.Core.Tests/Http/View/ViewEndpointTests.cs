using Egress.Core.Tests.Downloads;
using Egress.Core.Tests.Links;
using Egress.Core.Tests.Telemetry;
using Egress.Downloads;
using Egress.Http.Pages;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Http.View;
using Egress.Links;
using Egress.Links.Budgets;
using Egress.Records;
using Egress.Records.Links;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Egress.Core.Tests.Http.View;

/// <summary>The limits that count a request for the page, and the refusals of the page.</summary>
public sealed class ViewEndpointTests : IAsyncDisposable
{
    private readonly TestMetrics _metrics = new();
    private readonly DownloadFixture _fixture = new DownloadFixture().Put(("a.jpg", new byte[100]));
    private readonly DownloadGate _gate = new(new DownloadOptions { MaxActiveDownloads = 1 });
    private readonly ClientLimiter _limiter;
    private readonly MemoryLinkBudgets _budgets = new();
    private readonly DefaultHttpContext _context = new();

    public ViewEndpointTests()
    {
        _limiter = new ClientLimiter(new ClientLimitOptions { MaxActivePerAddress = 1 }, _fixture.Time, NullLogger<ClientLimiter>.Instance);
        _context.Request.Method = HttpMethods.Get;
        _context.Response.Body = new MemoryStream();
    }

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _limiter.DisposeAsync();
    }

    [Fact]
    public async Task A_page_for_a_slow_client_uses_no_slot_of_a_download()
    {
        var output = new SlowOutput();
        _context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(output));
        int? active = null;
        _fixture.BeforeFind = _ =>
        {
            active = _gate.Active;
            return Task.CompletedTask;
        };
        var page = HandleAsync();
        await output.Begun.Task;

        Assert.Equal((1, 0), (active, _gate.Active)); // planning took a slot
        Assert.Null(_gate.TryEnter(out var slot));
        Assert.Null(_limiter.TryEnter(_context, out var addressSlot));
        using (slot)
        using (addressSlot)
        {
            output.Continue.SetResult();
            await page;
        }

        Assert.Equal(StatusCodes.Status200OK, _context.Response.StatusCode);
    }

    [Fact]
    public async Task A_page_that_would_exceed_the_limits_is_refused()
    {
        using var slot = Assert.IsType<DownloadSlot>(Enter());
        await HandleAsync();
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, _context.Response.StatusCode);
    }

    [Theory]
    [InlineData(100, StatusCodes.Status200OK)]
    [InlineData(long.MaxValue / 2, StatusCodes.Status410Gone)]
    public async Task A_link_that_is_used_up_has_no_page(long taken, int status)
    {
        _fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = _fixture.Record.Objects, Link = new LinkState { MaxDownloads = 1 } };
        await new LinkBudgets(_budgets).ChangeAsync(
            "id",
            budget =>
            {
                budget.Settle("before", taken, 0, _fixture.Time.GetUtcNow());
                return true;
            },
            TestContext.Current.CancellationToken);
        await HandleAsync();
        Assert.Equal(status, _context.Response.StatusCode);
        Assert.Equal((taken, 0, 0), await _budgets.OfAsync("id")); // the page does not count as a use
    }

    private DownloadSlot? Enter() => _gate.TryEnter(out var slot) is null ? slot : null;

    private Task HandleAsync()
    {
        var use = new LinkUse(new NoLinks(), new LinkBudgets(_budgets), _fixture.Time, NullLogger<LinkUse>.Instance);
        var report = new DownloadReport(_metrics.Metrics, NullLogger<DownloadReport>.Instance, TimeProvider.System);
        var endpoint = new ViewEndpoint(_limiter, _gate, _fixture.Planner(), use, report, new PageFrame(new PageOptions()), _fixture.Options, _fixture.Time);
        return endpoint.HandleAsync(_context, "id", CancellationToken.None);
    }

    /// <summary>A client that reads only when the test allows it.</summary>
    private sealed class SlowOutput : MemoryStream
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Continue { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Begun.TrySetResult();
            await Continue.Task;
        }
    }
}
