using Egress.Backends;
using Egress.Deliveries;
using Egress.Records.Roles;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

/// <summary>A delivery that cannot be settled does not prevent others from being settled.</summary>
public sealed class DeliverySweepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_delivery_that_fails_is_logged_and_later_ones_are_settled(bool isBackend)
    {
        await using var fixture = new DeliveryFixture();
        await BreakAsync(fixture, "\"one\"");
        var first = Assert.Single(fixture.Store.Rows.Keys);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await BreakAsync(fixture, "\"two\"");
        fixture.Store.Broken[first] = isBackend
            ? new BackendException(Backend.Database, BackendFault.Malformed, "scripted")
            : new InvalidOperationException("scripted");

        fixture.Time.Advance(fixture.Options.ResumeWindow);
        await fixture["A"].Sweep.SweepAsync(Token);
        Assert.Equal((1, 1), (fixture.Queue.Messages.Count, fixture.Logged(4046)));

        fixture.Store.Broken.Clear();
        await fixture["A"].Sweep.SweepAsync(Token);
        Assert.Equal(2, fixture.Queue.Messages.Count);
    }

    [Fact]
    public async Task A_delivery_that_cannot_be_read_is_kept_and_due_later()
    {
        await using var fixture = new DeliveryFixture();
        var now = fixture.Time.GetUtcNow();
        await fixture.Store.TryPutAsync("key", 0, new VersionedState(1, now, "of a newer version"), Token);

        await fixture["A"].Sweep.SweepAsync(Token);
        await fixture["A"].Sweep.SweepAsync(Token);

        var row = fixture.Store.Rows["key"];
        Assert.Equal(("of a newer version", now + fixture.Options.ResumeWindow, 1), (row.State, row.DueAt, fixture.Logged(4047)));
    }

    [Fact]
    public async Task An_update_that_always_conflicts_with_others_fails()
    {
        await using var fixture = new DeliveryFixture();
        fixture.Store.IsContended = true;
        var fault = await Assert.ThrowsAsync<BackendException>(() => fixture["A"].Tracker.Updates.ApplyAsync(
            "key", now => DeliveryTracker.Create(fixture.Plan(fixture.ETag), now), static (_, _) => null, static (_, _) => throw new NotSupportedException()));
        Assert.Equal((BackendFault.Unavailable, DeliveryUpdates.MostAttempts), (fault.Fault, fixture.Store.Attempts));
    }

    private static async Task BreakAsync(DeliveryFixture fixture, string etag)
    {
        await fixture["A"].StartAsync("one", 0, null, etag);
        await fixture["A"].EndAsync("one", at: 10);
    }
}
