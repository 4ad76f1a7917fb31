using Egress.Backends;
using Egress.Links.Budgets;
using Xunit;

namespace Egress.Core.Tests.Links;

/// <summary>Tests of the budget of a limited link, and of changes to it by several instances.</summary>
public sealed class LinkBudgetTests
{
    private const long MiB = 1 << 20;

    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// A table of cases: the downloads that the link allows, the length of the archive in MiB, the bytes already used, the bytes that running
    /// responses have reserved, the bytes that a new response requests, and the bytes that it gets. An archive of 100 MiB allows 121 MiB for one
    /// download and 541 MiB for five.
    /// </summary>
    [Theory]
    [InlineData(1, 100, 0, 0, 100 * MiB, nameof(Admission.Granted))]
    [InlineData(1, 100, 21 * MiB, 0, 100 * MiB, nameof(Admission.Granted))]
    [InlineData(1, 100, (21 * MiB) + 1, 0, 100 * MiB, nameof(Admission.UsedUp))]
    [InlineData(1, 100, (21 * MiB) + 1, 0, (100 * MiB) - 1, nameof(Admission.Granted))]
    [InlineData(1, 100, 121 * MiB, 0, 1, nameof(Admission.UsedUp))]
    [InlineData(1, 100, 0, 21 * MiB, 100 * MiB, nameof(Admission.Granted))]
    [InlineData(1, 100, 0, (21 * MiB) + 1, 100 * MiB, nameof(Admission.AllReserved))]
    [InlineData(1, 100, 10 * MiB, 12 * MiB, 100 * MiB, nameof(Admission.AllReserved))]
    [InlineData(1, 100, 22 * MiB, 12 * MiB, 100 * MiB, nameof(Admission.UsedUp))]
    [InlineData(5, 100, 400 * MiB, 0, 100 * MiB, nameof(Admission.Granted))]
    [InlineData(5, 100, 442 * MiB, 0, 100 * MiB, nameof(Admission.UsedUp))]
    [InlineData(1, 0, 16 * MiB, 0, 0, nameof(Admission.Granted))]
    [InlineData(1_000_000, long.MaxValue / MiB, long.MaxValue / 2, long.MaxValue / 2, long.MaxValue / 2, nameof(Admission.Granted))]
    public void A_link_allows_its_number_of_downloads_and_a_little_more(long maxDownloads, long length, long taken, long reserved, long wanted, string expected)
    {
        var budget = new LinkBudget { Bytes = taken };
        if (reserved > 0)
        {
            budget.Running.Add(Reserving("other", reserved));
        }

        Assert.Equal(expected, budget.Reserve(Reserving("new", wanted), maxDownloads, length * MiB, Now).ToString());
        Assert.Equal(expected == nameof(Admission.Granted), budget.Running.Exists(response => response.Id == "new"));
    }

    /// <summary>
    /// A table of cases for archives of unknown length: the downloads that the link allows, the uses that have ended, the running uses, and what a
    /// new response gets.
    /// </summary>
    [Theory]
    [InlineData(1, 0, 0, nameof(Admission.Granted))]
    [InlineData(1, 0, 1, nameof(Admission.AllReserved))]
    [InlineData(1, 1, 0, nameof(Admission.UsedUp))]
    [InlineData(3, 1, 1, nameof(Admission.Granted))]
    [InlineData(3, 1, 2, nameof(Admission.AllReserved))]
    [InlineData(3, 3, 0, nameof(Admission.UsedUp))]
    public void A_link_to_an_archive_of_unknown_length_allows_a_number_of_starts(long maxDownloads, long taken, int running, string expected)
    {
        var budget = new LinkBudget { Uses = taken };
        budget.Running.AddRange(Enumerable.Range(0, running).Select(static i => new Reserved($"r{i}", 0, 1, long.MaxValue)));
        Assert.Equal(expected, budget.Reserve(new Reserved("new", 0, 1, long.MaxValue), maxDownloads, null, Now).ToString());
    }

    [Fact]
    public void The_bytes_that_a_response_did_not_send_are_released()
    {
        var budget = new LinkBudget();
        Assert.Equal(Admission.Granted, budget.Reserve(Reserving("one", 100 * MiB), 1, 100 * MiB, Now));
        Assert.Equal(Admission.AllReserved, budget.Reserve(Reserving("two", 100 * MiB), 1, 100 * MiB, Now));
        budget.Settle("one", MiB, 0, Now);
        Assert.Equal(Admission.Granted, budget.Reserve(Reserving("two", 100 * MiB), 1, 100 * MiB, Now));
        Assert.Equal((MiB, 0), (budget.Bytes, budget.Uses));
    }

    [Fact]
    public void The_reservation_of_a_dead_process_is_released_when_its_lease_ends()
    {
        var budget = new LinkBudget();
        budget.Reserve(Reserving("dead", 100 * MiB, Now.AddSeconds(30)), 1, 100 * MiB, Now);
        Assert.Equal(Admission.AllReserved, budget.Reserve(Reserving("two", 100 * MiB), 1, 100 * MiB, Now.AddSeconds(29.999)));
        Assert.Equal(Admission.Granted, budget.Reserve(Reserving("two", 100 * MiB), 1, 100 * MiB, Now.AddSeconds(30)));
        Assert.Equal("two", Assert.Single(budget.Running).Id);
    }

    [Fact]
    public void A_response_that_is_still_running_renews_an_expired_lease()
    {
        var budget = new LinkBudget();
        budget.Reserve(Reserving("one", 100 * MiB, Now.AddSeconds(30)), 1, 100 * MiB, Now);
        budget.Settle("other", 0, 0, Now.AddMinutes(1));
        Assert.Empty(budget.Running);
        budget.Renew(Reserving("one", 100 * MiB, Now.AddSeconds(90)));
        budget.Renew(Reserving("one", 100 * MiB, Now.AddSeconds(91)));
        Assert.Equal(Now.AddSeconds(91).ToUnixTimeMilliseconds(), Assert.Single(budget.Running).Until);
        Assert.Equal(Admission.AllReserved, budget.Reserve(Reserving("two", 100 * MiB), 1, 100 * MiB, Now.AddMinutes(1)));
    }

    [Fact]
    public void A_selection_of_files_does_not_shrink_the_budget()
    {
        var budget = new LinkBudget();
        Assert.Equal(Admission.Granted, budget.Reserve(Reserving("whole", 1000 * MiB), 2, 1000 * MiB, Now));
        budget.Settle("whole", 1000 * MiB, 0, Now);
        Assert.Equal(Admission.Granted, budget.Reserve(Reserving("selection", 10 * MiB), 2, 10 * MiB, Now));
    }

    [Fact]
    public async Task Changes_of_many_instances_are_all_made()
    {
        var store = new MemoryLinkBudgets();
        var instances = Enumerable.Range(0, 4).Select(_ => new LinkBudgets(store)).ToList();
        var granted = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(
            () => instances[i % 4].ChangeAsync("a", budget => budget.Reserve(Reserving($"r{i}", 100 * MiB), 5, 100 * MiB, Now), Token), Token)));
        Assert.Equal((5, 35), (granted.Count(static one => one == Admission.Granted), granted.Count(static one => one == Admission.AllReserved)));
        Assert.Equal((0, 0, 5), await store.OfAsync("a"));
    }

    [Fact]
    public async Task A_change_that_conflicts_is_repeated_on_the_new_state()
    {
        var store = new MemoryLinkBudgets();
        store.BeforePut = () => new LinkBudgets(store).ChangeAsync("a", Settling("other", 5), Token).GetAwaiter().GetResult();
        await new LinkBudgets(store).ChangeAsync("a", Settling("one", 7), Token);
        Assert.Equal((12, 0, 0), await store.OfAsync("a"));
    }

    [Fact]
    public async Task A_change_whose_result_was_lost_is_made_once()
    {
        var store = new MemoryLinkBudgets { LosesNextResult = true };
        await new LinkBudgets(store).ChangeAsync("a", Settling("one", 7), Token);
        Assert.Equal((7, 0, 0), await store.OfAsync("a"));
    }

    [Fact]
    public async Task A_change_whose_result_was_lost_is_made_once_although_another_instance_has_changed_the_budget()
    {
        var store = new MemoryLinkBudgets { LosesNextResult = true };
        store.AfterLostResult = () => new LinkBudgets(store).ChangeAsync("a", Settling("other", 5), Token).GetAwaiter().GetResult();
        await new LinkBudgets(store).ChangeAsync("a", Settling("one", 7), Token);
        Assert.Equal((12, 0, 0), await store.OfAsync("a"));
    }

    [Fact]
    public void A_budget_does_not_grow_with_the_responses_that_ended()
    {
        var budget = new LinkBudget();
        for (var i = 0; i < 100; i++)
        {
            budget.Settle($"r{i}", 1, 0, Now);
        }

        Assert.Equal((100, 32, "r99"), (budget.Bytes, budget.Ended.Count, budget.Ended[^1]));
    }

    /// <summary>
    /// A table of cases: the downloads that the link allows, the length of the archive in MiB, the bytes already used, the number of complete
    /// downloads that users see, and the MiB that remain for parts.
    /// </summary>
    [Theory]
    [InlineData(5, 100, 0, 5, 0)]
    [InlineData(5, 100, 41 * MiB, 5, 0)]
    [InlineData(5, 100, 42 * MiB, 4, 0)] // 541 MiB in all
    [InlineData(5, 100, 50 * MiB, 4, 0)]
    [InlineData(5, 100, 100 * MiB, 4, 0)]
    [InlineData(5, 100, 149 * MiB, 3, 0)]
    [InlineData(5, 100, 400 * MiB, 1, 0)]
    [InlineData(5, 100, 441 * MiB, 1, 0)]
    [InlineData(5, 100, 442 * MiB, 0, 58)]
    [InlineData(5, 100, 500 * MiB, 0, 0)]
    [InlineData(5, 100, 600 * MiB, 0, 0)]
    [InlineData(1, 1000, 66 * MiB, 1, 0)]
    [InlineData(1, 1000, 67 * MiB, 0, 933)]
    [InlineData(1, 1, 10 * MiB, 1, 0)] // the additional bytes are many downloads of a small archive
    [InlineData(1, 1, 17 * MiB, 0, 0)]
    [InlineData(1_000_000, long.MaxValue / MiB, 0, 1_000_000, 0)]
    public void People_see_how_many_downloads_are_left(long maxDownloads, long length, long taken, long downloads, long left)
    {
        var rest = new LinkBudget { Bytes = taken }.RestOf(maxDownloads, length * MiB, isCounted: false);
        Assert.Equal((downloads, left * MiB, downloads + left == 0), (rest.Downloads, rest.Bytes, rest.IsUsedUp));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    public void Starts_of_an_archive_of_unknown_length_are_counted(long taken, long downloads)
    {
        var rest = new LinkBudget { Uses = taken }.RestOf(3, null, isCounted: true);
        Assert.Equal((downloads, 0, downloads == 0), (rest.Downloads, rest.Bytes, rest.IsUsedUp));
    }

    [Fact]
    public async Task A_refusal_writes_nothing_once_the_length_is_known()
    {
        var store = new MemoryLinkBudgets();
        var budgets = new LinkBudgets(store);
        await budgets.ChangeAsync("a", budget => budget.Reserve(Reserving("one", 100 * MiB), 1, 100 * MiB, Now), Token);
        var before = store.Puts;
        await budgets.ChangeAsync("a", budget => budget.Reserve(Reserving("two", 100 * MiB), 1, 100 * MiB, Now), Token);
        Assert.Equal(before, store.Puts);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{\"bytes\":\"many\"}")]
    public async Task A_budget_that_cannot_be_read_is_reported(string state)
    {
        var store = new MemoryLinkBudgets();
        await store.TryPutBudgetAsync("a", 0, state, Token);
        var fault = await Assert.ThrowsAsync<BackendException>(() => new LinkBudgets(store).ChangeAsync("a", Settling("one", 7), Token));
        Assert.Equal(BackendFault.Malformed, fault.Fault);
    }

    private static Func<LinkBudget, bool> Settling(string id, long bytes) => budget =>
    {
        budget.Settle(id, bytes, 0, Now);
        return true;
    };

    private static Reserved Reserving(string id, long bytes, DateTimeOffset? until = null) => new(id, bytes, 0, (until ?? Now.AddHours(1)).ToUnixTimeMilliseconds());
}
