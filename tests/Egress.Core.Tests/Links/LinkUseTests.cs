using Egress.Backends;
using Egress.Core.Tests.Callbacks;
using Egress.Core.Tests.Deliveries;
using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Links;
using Egress.Links.Budgets;
using Egress.Records;
using Egress.Records.Links;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace Egress.Core.Tests.Links;

/// <summary>Tests how much responses use of the budget of a limited link.</summary>
public sealed class LinkUseTests
{
    private const long Length = 100 << 20;

    private readonly WatchedTime _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero), LinkUse.ResumeDelay);
    private readonly MemoryLinkBudgets _store = new();
    private readonly FakeLogger<LinkUse> _logger = new();
    private readonly LinkUse _use;

    public LinkUseTests() => _use = new LinkUse(new NoLinks(), new LinkBudgets(_store), _time, _logger);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// A table of cases: the range, how it ended, how many bytes the client's connection accepted, and how many bytes are used from the budget.
    /// </summary>
    [Theory]
    [InlineData(0, long.MaxValue, nameof(DownloadStatus.Completed), Length, Length)]
    [InlineData(0, long.MaxValue, nameof(DownloadStatus.Partial), Length, Length)]
    [InlineData(0, long.MaxValue, nameof(DownloadStatus.Failed), 0, 0)]
    [InlineData(0, long.MaxValue, nameof(DownloadStatus.Failed), 1000, 1000)]
    [InlineData(Length - 10, long.MaxValue, nameof(DownloadStatus.Completed), 10, 10)]
    [InlineData(500, 1500, nameof(DownloadStatus.Completed), 1000, 1000)]
    [InlineData(500, 1500, nameof(DownloadStatus.Failed), 400, 400)]
    public async Task A_response_uses_up_the_bytes_that_it_sent(long from, long to, string status, long delivered, long taken)
    {
        var (rejection, reservation) = await _use.BeginAsync(Plan(1, Length), new ArchiveRange(from, to), Token);
        Assert.Null(rejection);
        Assert.Equal((0, 0, 1), await _store.OfAsync("a"));
        await reservation!.EndAsync(Outcome(status, delivered));
        await reservation.DisposeAsync();
        Assert.Equal((taken, 0, 0), await _store.OfAsync("a"));
    }

    /// <summary>
    /// A table of cases for archives of unknown length, with two files of 1,000 bytes each: how the response ended, the bytes read, and the uses that
    /// it counts.
    /// </summary>
    [Theory]
    [InlineData(nameof(DownloadStatus.Completed), 2000, 1)]
    [InlineData(nameof(DownloadStatus.Partial), 0, 1)]
    [InlineData(nameof(DownloadStatus.Failed), 0, 0)]
    [InlineData(nameof(DownloadStatus.Failed), 999, 0)]
    [InlineData(nameof(DownloadStatus.Failed), 1000, 1)]
    [InlineData(nameof(DownloadStatus.Failed), 2000, 1)]
    public async Task A_response_of_unknown_length_that_breaks_in_its_first_half_uses_up_nothing(string status, long read, long uses)
    {
        var (_, reservation) = await _use.BeginAsync(Plan(1, null), ArchiveRange.All, Token);
        Assert.Equal(RejectionReason.LinkReserved, (await _use.BeginAsync(Plan(1, null), ArchiveRange.All, Token)).Rejection?.Reason);
        await reservation!.EndAsync(Outcome(status, 0) with { SourceBytes = read });
        await reservation.DisposeAsync();
        Assert.Equal((0, uses, 0), await _store.OfAsync("a"));
    }

    [Fact]
    public async Task A_response_that_never_began_releases_its_whole_reservation()
    {
        var (_, reservation) = await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token);
        await reservation!.DisposeAsync();
        Assert.Equal((0, 0, 0), await _store.OfAsync("a"));
    }

    [Fact]
    public async Task Links_without_a_limit_cost_no_statement()
    {
        _store.Fault = BackendFault.Unavailable;
        Assert.Equal(default, await _use.BeginAsync(Plan(null, Length), ArchiveRange.All, Token));
        Assert.Equal(default, await _use.BeginAsync(Plan(1, Length, isKnown: false), ArchiveRange.All, Token));
    }

    [Fact]
    public async Task A_reserved_limit_is_refused_for_a_while_and_a_used_up_limit_permanently()
    {
        var (_, first) = await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token);
        var reserved = (await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token)).Rejection!;
        Assert.Equal((RejectionReason.LinkReserved, true), (reserved.Reason, reserved.RetryAfter > TimeSpan.Zero));
        await first!.EndAsync(Outcome(nameof(DownloadStatus.Completed), Length));
        Assert.Equal(RejectionReason.LinkUsedUp, (await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token)).Rejection?.Reason);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task A_resumed_download_waits_for_the_response_before_it()
    {
        var (_, broken) = await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token);
        var resumed = _use.BeginAsync(Plan(1, Length), new ArchiveRange(Length / 2, long.MaxValue), Token);
        await WaitsAsync(1);
        Assert.False(resumed.IsCompleted);
        await broken!.EndAsync(Outcome(nameof(DownloadStatus.Failed), Length / 2));
        await broken.DisposeAsync();
        _time.Advance(LinkUse.ResumeDelay);
        var (rejection, reservation) = await resumed;
        Assert.Null(rejection);
        await reservation!.DisposeAsync();
    }

    [Fact]
    public async Task A_resumed_download_does_not_wait_for_ever()
    {
        var (_, running) = await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token);
        var resumed = _use.BeginAsync(Plan(1, Length), new ArchiveRange(Length / 2, long.MaxValue), Token);
        var waits = 0;
        while (!resumed.IsCompleted)
        {
            if (_time.Waits > waits)
            {
                waits++;
                _time.Advance(LinkUse.ResumeDelay);
            }

            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(RejectionReason.LinkReserved, (await resumed).Rejection?.Reason);
        Assert.InRange(waits * LinkUse.ResumeDelay, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10));
        await running!.DisposeAsync();
    }

    [Fact]
    public async Task The_lease_is_renewed_while_the_response_runs()
    {
        var (_, running) = await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token);
        for (var passed = TimeSpan.Zero; passed < 3 * LinkReservation.Lease; passed += LinkReservation.Lease / 5)
        {
            var before = _store.Puts;
            _time.Advance(LinkReservation.Lease / 5);
            while (_store.Puts == before)
            {
                Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        Assert.Equal(RejectionReason.LinkReserved, (await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token)).Rejection?.Reason);
        await running!.DisposeAsync();
    }

    [Fact]
    public async Task A_part_takes_its_bytes_of_the_budget_of_the_whole()
    {
        var plan = Part(Plan(1, Length));
        var (_, reservation) = await _use.BeginAsync(plan, ArchiveRange.All, Token);
        await reservation!.EndAsync(Outcome(nameof(DownloadStatus.Completed), plan.Length!.Value));
        await reservation.DisposeAsync();
        Assert.Equal((plan.Length.Value, 0, 0), await _store.OfAsync("a"));
        Assert.NotNull((await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token)).Reservation);
    }

    [Fact]
    public async Task A_part_of_known_length_of_an_archive_of_unknown_length_takes_bytes_and_no_use()
    {
        var plan = Part(Plan(1, null));
        var (_, reservation) = await _use.BeginAsync(plan, ArchiveRange.All, Token);
        await reservation!.EndAsync(Outcome(nameof(DownloadStatus.Completed), plan.Length!.Value));
        await reservation.DisposeAsync();
        Assert.Equal((plan.Length.Value, 0, 0), await _store.OfAsync("a"));
        Assert.NotNull((await _use.BeginAsync(Plan(1, null), ArchiveRange.All, Token)).Reservation);
    }

    [Fact]
    public async Task A_database_that_fails_refuses_a_new_response_and_does_not_end_a_running_one()
    {
        var (_, running) = await _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token);
        _store.Fault = BackendFault.Unavailable;
        await Assert.ThrowsAsync<BackendException>(() => _use.BeginAsync(Plan(1, Length), ArchiveRange.All, Token));
        await running!.EndAsync(Outcome(nameof(DownloadStatus.Completed), Length));
        await running.DisposeAsync();
        Assert.Equal(1108, Assert.Single(_logger.Collector.GetSnapshot()).Id.Id);
    }

    /// <summary>A table of cases: the fault of the database, whether it is logged, and whether the statement is repeated.</summary>
    [Theory]
    [InlineData(BackendFault.Unavailable, 2, 2)]
    [InlineData(BackendFault.Denied, 0, 1)]
    public async Task A_callback_is_delivered_even_if_the_database_fails(BackendFault fault, int logged, int asked)
    {
        var links = new CallbackLinks { Fault = fault };
        var use = new LinkUse(links, new LinkBudgets(_store), _time, _logger);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await use.CallbackAttemptedAsync("a", new LinkCallback("retrying", attempt, "503"));
        }

        Assert.Equal((logged, asked), (_logger.Collector.Count, links.States.Count));
    }

    private async Task WaitsAsync(int count)
    {
        while (_time.Waits < count)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static DownloadOutcome Outcome(string status, long delivered) => new(
        Enum.Parse<DownloadStatus>(status), status == nameof(DownloadStatus.Failed) ? FailureReason.ClientDisconnected : FailureReason.None)
    {
        FilesRequested = 2,
        FilesSucceeded = 0,
        SourceBytes = 0,
        ArchiveBytes = delivered,
        DeliveredBytes = delivered,
        Duration = TimeSpan.FromSeconds(1),
    };

    private static DownloadPlan Plan(long? maxDownloads, long? length, bool isKnown = true) => new()
    {
        RecordId = "a",
        ArchiveName = "a.zip",
        Manifest = length is null ? Manifest(ZipMethod.Deflate, 1000) : ManifestOf(length.Value),
        ZipOptions = new ZipOptions(),
        CustomHeaders = new Dictionary<string, string>(),
        Link = isKnown ? new LinkState(IsRevoked: false) { MaxDownloads = maxDownloads } : null,
    };

    private static ArchiveManifest ManifestOf(long length)
    {
        var tooLong = Manifest(ZipMethod.Stored, length); // longer than the limit by everything except the first file
        return Manifest(ZipMethod.Stored, length - (tooLong.Layout.Length!.Value - length));
    }

    /// <summary>Returns a manifest of two files.</summary>
    private static ArchiveManifest Manifest(ZipMethod method, long sizeOfFirst) => TestManifests.Make(
        new ManifestKey("a", 0), null, default, [Planned("one.txt", method, sizeOfFirst), Planned("two.txt", method, 1000)]);

    private static DownloadPlan Part(DownloadPlan whole) => whole with { Whole = whole.Manifest, Manifest = Manifest(ZipMethod.Stored, 500), Selection = "1" };

    private static PlannedObject Planned(string name, ZipMethod method, long size) =>
        new(new ObjectLocation("b", name), new ZipEntry { Name = name, Method = method, Size = size }, size, null);
}
