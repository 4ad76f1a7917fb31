using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Streaming;
using Egress.Links;
using Egress.Records.Links;
using Egress.TestKit;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Links;

/// <summary>Tests that running transfers of revoked links end: at once in the same process, and at the next check in others.</summary>
public sealed class LinkWatchTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedLinks _links = new();
    private readonly FakeLogger<LinkWatch> _logger = new();
    private readonly LinkWatch _watch;
    private readonly DownloadLifetime _one;
    private readonly DownloadLifetime _two;

    public LinkWatchTests()
    {
        _watch = new LinkWatch(_links, _time, _logger);
        (_one, _two) = (Lifetime(), Lifetime());
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public void A_revocation_here_ends_every_transfer_of_the_link_and_no_other()
    {
        using var third = Lifetime();
        using var a = _watch.Watch("a", _one);
        using var b = _watch.Watch("a", _two);
        using var c = _watch.Watch("b", third);
        _watch.End("a");
        _watch.End("unknown");
        Assert.Equal(
            (FailureReason.LinkRevoked, FailureReason.LinkRevoked, FailureReason.None), (_one.Reason, _two.Reason, third.Reason));
    }

    [Fact]
    public async Task A_revocation_elsewhere_ends_it_at_the_next_check()
    {
        using var a = _watch.Watch("a", _one);
        using var b = _watch.Watch("b", _two);
        _links.Revoked.Add("b");
        await CheckAsync();
        Assert.Equal((FailureReason.None, FailureReason.LinkRevoked), (_one.Reason, _two.Reason));
        Assert.Equal(["a", "b"], _links.Asked.Order());
    }

    [Fact]
    public async Task A_defect_does_not_end_the_watch()
    {
        using var a = _watch.Watch("a", _one);
        _links.Fault = new InvalidOperationException("scripted");
        await CheckAsync();
        Assert.Equal(1104, Assert.Single(_logger.Collector.GetSnapshot()).Id.Id);
        (_links.Fault, _) = (null, _links.Revoked.Add("a"));
        await CheckAsync();
        Assert.Equal(FailureReason.LinkRevoked, _one.Reason);
    }

    [Fact]
    public async Task A_database_that_fails_ends_nothing_and_is_logged_once()
    {
        using var a = _watch.Watch("a", _one);
        _links.Fault = new BackendException(Backend.Database, BackendFault.Unavailable, "down");
        await CheckAsync();
        await CheckAsync();
        Assert.Equal(FailureReason.None, _one.Reason);
        Assert.Equal(1104, Assert.Single(_logger.Collector.GetSnapshot()).Id.Id);
        (_links.Fault, _) = (null, _links.Revoked.Add("a"));
        await CheckAsync();
        Assert.Equal(FailureReason.LinkRevoked, _one.Reason);
    }

    [Fact]
    public async Task Nothing_is_queried_while_there_are_no_transfers()
    {
        _watch.Watch("a", _one).Dispose();
        _time.Advance(LinkWatch.CheckInterval);
        _time.Advance(LinkWatch.CheckInterval);
        using var b = _watch.Watch("b", _two);
        await CheckAsync();
        Assert.Equal(["b"], _links.Asked);
    }

    /// <summary>Advances the clock to the next check, and returns after it.</summary>
    private async Task CheckAsync()
    {
        var asked = _links.NextAsync();
        while (!asked.IsCompleted)
        {
            // Repeated, because a watch that has just started may not have created its timer yet.
            _time.Advance(LinkWatch.CheckInterval);
            await Task.Yield();
        }

        await asked;
        await Eventually.UntilAsync(
            () => Task.FromResult(_links.Fault is null ? _links.Revoked.All(id => ReasonOf(id) != FailureReason.None) : _logger.Collector.Count > 0),
            "the end of the check", TestContext.Current.CancellationToken);
    }

    private FailureReason ReasonOf(string id) => id == "a" ? _one.Reason : _two.Reason;

    private DownloadLifetime Lifetime() => new(new DownloadOptions { RequestTimeout = TimeSpan.Zero }, _time, CancellationToken.None);

    private sealed class ScriptedLinks : ILinkStore
    {
        private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HashSet<string> Revoked { get; } = [];

        public IReadOnlyCollection<string> Asked { get; private set; } = [];

        public Exception? Fault { get; set; }

        public Task NextAsync() => (_next = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public ValueTask<IReadOnlySet<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        {
            Asked = ids;
            _next.TrySetResult();
            return Fault is null ? new(ids.Where(Revoked.Contains).ToHashSet()) : throw Fault;
        }

        public ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<LinkEntry?> FindRepeatedAsync(string idempotencyKey, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<LinkEntry?> FindAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<LinkPage> ListAsync(LinkSelection selection, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask RevokeAsync(string id, string by, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask AddTransferAsync(string id, LinkTransfer transfer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask SetCallbackAsync(string id, LinkCallback callback, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
