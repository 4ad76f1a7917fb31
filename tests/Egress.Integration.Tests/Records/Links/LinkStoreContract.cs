using Egress.Links.Budgets;
using Egress.Records;
using Egress.Records.Links;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Records.Links;

/// <summary>The tests of every link store.</summary>
public abstract class LinkStoreContract : StoreContract
{
    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>Ids that databases may compare in an unexpected way.</summary>
    public static TheoryData<string> OddIds => ["a/b", "ä😀", "A b%2F", "trailing ", new string('x', 190), "<b>\"'", "1|2", "__proto__"];

    [Fact]
    public async Task A_created_link_is_found_by_another_process_as_record_and_as_link()
    {
        await using var store = Open();
        await using var other = Open();
        Assert.Null(await other.Links.FindAsync("a", Token));
        Assert.Null((await FindRecordAsync(other, "a"))?.Id);
        var expiry = Time.GetUtcNow().AddHours(2);
        var made = (await store.Links.CreateAsync(New("a") with { ExpiresAt = expiry, Summary = """{"files":1}""" }, Token)).Created;

        var found = Assert.IsType<LinkEntry>(await other.Links.FindAsync("a", Token));
        Assert.Equal(made, found);
        Assert.Equal(("a", Time.GetUtcNow(), "shop", expiry, """{"files":1}"""), (found.Id, found.CreatedAt, found.CreatedBy, found.ExpiresAt!.Value, found.Summary));
        Assert.Equal((null, null, 0, 0, null), (found.RevokedAt, found.RevokedBy, found.DownloadsUsed, found.BytesDelivered, found.LastTransfer));
        var record = Assert.IsType<DownloadRecord>(await FindRecordAsync(other, "a"));
        Assert.Equal("k", Assert.IsType<ObjectItem>(Assert.Single(record.Objects)).Key);
        Assert.Equal(new LinkState(IsRevoked: false), record.Link);
    }

    [Fact]
    public async Task A_record_of_the_application_has_no_link_and_works_as_before()
    {
        await Fixture.InsertAsync(new RawRecord("own", """["k"]"""));
        await using var store = Open();
        Assert.Null((await FindRecordAsync(store, "own"))!.Link);
        await store.Links.CreateAsync(New("a"), Token);
        Assert.Null((await FindRecordAsync(store, "own"))!.Link);
        Assert.Null(await store.Links.FindAsync("own", Token));
        await store.Links.AddTransferAsync("own", new LinkTransfer(Time.GetUtcNow(), "completed", null, 1, true), Token);
        Assert.Null(await store.Links.FindAsync("own", Token));
    }

    [Fact]
    public async Task An_id_that_exists_is_never_overwritten()
    {
        await Fixture.InsertAsync(new RawRecord("own", """["mine"]"""));
        await using var store = Open();
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(New("own"), Token));
        await store.Links.CreateAsync(New("a"), Token);
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(New("a", by: "other"), Token));

        Assert.Equal("mine", Assert.IsType<ObjectItem>(Assert.Single((await FindRecordAsync(store, "own"))!.Objects)).Key);
        Assert.Equal("shop", (await store.Links.FindAsync("a", Token))!.CreatedBy);
        Assert.Null(await store.Links.FindAsync("own", Token));
    }

    [Fact]
    public async Task A_link_whose_record_was_deleted_is_created_anew_under_its_id()
    {
        await using var store = Open();
        await using var other = Open();
        await store.Links.CreateAsync(New("a") with { MaxDownloads = 5, ExpiresAt = Time.GetUtcNow().AddHours(1) }, Token);
        await store.Links.CreateAsync(New("b"), Token);
        await store.Links.AddTransferAsync("a", new LinkTransfer(Time.GetUtcNow(), "failed", "client_disconnected", 7, true), Token);
        await store.Links.SetCallbackAsync("a", new LinkCallback("delivered", 1, "200 OK"), Token);
        Assert.True(await store.LinkBudgets.TryPutBudgetAsync("a", 0, "state", Token));
        await Fixture.DeleteAsync("a");
        Time.Advance(TimeSpan.FromMinutes(2));

        var created = (await other.Links.CreateAsync(New("a", by: "other") with { Summary = """{"files":2}""" }, Token)).Created;
        Assert.Equal(("other", Time.GetUtcNow(), null, null), (created?.CreatedBy, created?.CreatedAt, created?.ExpiresAt, created?.MaxDownloads));
        Assert.Equal(created, await store.Links.FindAsync("a", Token));
        Assert.Equal(new LinkState(IsRevoked: false), (await FindRecordAsync(store, "a"))!.Link);
        Assert.Null((await store.LinkBudgets.FindBudgetAsync("a", Token)).State);
        Assert.Equal(["a", "b"], (await PagesAsync(store, Select(1))).Select(static link => link.Id));
        Assert.Equal(["b"], (await PagesAsync(store, Select(1) with { CreatedBy = "shop" })).Select(static link => link.Id));
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(New("a"), Token));
    }

    [Fact]
    public async Task A_revoked_link_whose_record_was_deleted_is_not_created_anew()
    {
        await using var store = Open();
        await store.Links.CreateAsync(New("a"), Token);
        await store.Links.RevokeAsync("a", "shop", Token);
        await Fixture.DeleteAsync("a");
        Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(New("a", by: "other"), Token));
        Assert.Null(await FindRecordAsync(store, "a"));
        Assert.Equal("shop", (await store.Links.FindAsync("a", Token))!.CreatedBy);
    }

    [Fact]
    public async Task Of_many_at_once_that_create_a_deleted_link_anew_exactly_one_succeeds()
    {
        await using var first = Open();
        await first.Links.CreateAsync(New("same"), Token);
        await Fixture.DeleteAsync("same");
        Time.Advance(TimeSpan.FromMinutes(2));
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var store = Open();
            return await store.Links.CreateAsync(New("same", by: $"k{i}"), Token);
        }));
        var created = Assert.Single(made, result => result.Created is not null).Created!;
        Assert.Equal(created.CreatedBy, (await first.Links.FindAsync("same", Token))!.CreatedBy);
        Assert.NotNull(await FindRecordAsync(first, "same"));
    }

    [Fact]
    public async Task Of_many_at_once_with_one_id_exactly_one_is_created()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var store = Open();
            return await store.Links.CreateAsync(New("same", by: $"k{i}"), Token);
        }));
        var created = Assert.Single(made, result => result.Created is not null).Created!;
        await using var last = Open();
        Assert.Equal(created.CreatedBy, (await last.Links.FindAsync("same", Token))!.CreatedBy);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_link_of_the_first_and_nothing_is_stored()
    {
        await using var store = Open();
        await using var other = Open();
        var first = (await store.Links.CreateAsync(Repeatable("a", "key"), Token)).Created!;
        var again = await other.Links.CreateAsync(Repeatable("b", "key"), Token);

        Assert.Null(again.Created);
        Assert.Equal(first, again.Repeated);
        Assert.Equal(first, await other.Links.FindRepeatedAsync(Digest("key"), Token));
        Assert.Null(await FindRecordAsync(store, "b"));
        Assert.Null(await store.Links.FindAsync("b", Token));
        Assert.Null(await store.Links.FindRepeatedAsync(Digest("another"), Token));
    }

    [Fact]
    public async Task An_id_that_exists_is_refused_to_a_request_with_another_idempotency_key_and_the_same_body()
    {
        await using var store = Open();
        Assert.NotNull((await store.Links.CreateAsync(Repeatable("a", "key"), Token)).Created);
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(Repeatable("a", "another"), Token));
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(New("a"), Token));
        Assert.Null(await store.Links.FindRepeatedAsync(Digest("another"), Token));
        Assert.Equal("a", (await store.Links.CreateAsync(Repeatable("a", "key"), Token)).Repeated?.Id);
    }

    [Fact]
    public async Task Of_many_requests_at_once_with_one_idempotency_key_one_creates_and_all_get_its_link()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var store = Open();
            return await store.Links.CreateAsync(Repeatable($"id{i}", "key"), Token);
        }));
        var created = Assert.Single(made, result => result.Created is not null).Created!;
        Assert.All(made, result => Assert.Equal(created.Id, (result.Created ?? result.Repeated)!.Id));
        await using var last = Open();
        Assert.Equal([created.Id], (await last.Links.ListAsync(Select(10), Token)).Links.Select(link => link.Id));
    }

    [Theory]
    [MemberData(nameof(OddIds))]
    public async Task Unusual_ids_are_separate_links(string id)
    {
        await using var store = Open();
        Assert.NotNull((await store.Links.CreateAsync(New(id), Token)).Created);
        Assert.Equal(id, (await store.Links.FindAsync(id, Token))!.Id);
        Assert.Null(await store.Links.FindAsync(id.ToUpperInvariant() + "-", Token));
        Assert.Null(await store.Links.FindAsync(id + " ", Token));
        await store.Links.RevokeAsync(id, "shop", Token);
        Assert.True((await FindRecordAsync(store, id))!.Link!.Value.IsRevoked);
        Assert.Equal([id], await store.Links.FindRevokedAsync([id, id + " ", "other"], Token));
    }

    [Fact]
    public async Task A_revocation_takes_effect_in_another_process_with_its_next_look_up_and_the_first_one_is_kept()
    {
        await using var store = Open();
        await using var other = Open();
        await store.Links.CreateAsync(New("a"), Token);
        Assert.False((await FindRecordAsync(other, "a"))!.Link!.Value.IsRevoked);
        var at = Time.GetUtcNow();
        await store.Links.RevokeAsync("a", "shop", Token);

        Assert.True((await FindRecordAsync(other, "a"))!.Link!.Value.IsRevoked);
        Time.Advance(TimeSpan.FromMinutes(1));
        await other.Links.RevokeAsync("a", "admin", Token);
        var link = (await store.Links.FindAsync("a", Token))!;
        Assert.Equal((at, "shop"), (link.RevokedAt!.Value, link.RevokedBy));
    }

    [Fact]
    public async Task A_record_of_the_application_can_be_revoked_before_there_is_any_link()
    {
        await Fixture.InsertAsync(new RawRecord("own", """["k"]"""));
        await using var store = Open();
        await using var other = Open();
        Assert.Null((await FindRecordAsync(other, "own"))!.Link);
        await store.Links.RevokeAsync("own", "admin", Token);

        Assert.True((await FindRecordAsync(other, "own"))!.Link!.Value.IsRevoked);
        var link = (await store.Links.FindAsync("own", Token))!;
        Assert.Equal((null, "admin"), (link.CreatedBy, link.RevokedBy));
        Assert.Equal(["own"], (await store.Links.ListAsync(Select(10), Token)).Links.Select(one => one.Id));
    }

    [Fact]
    public async Task Transfers_are_counted_and_the_last_one_is_kept()
    {
        await using var store = Open();
        await store.Links.CreateAsync(New("a"), Token);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
            await store.Links.AddTransferAsync("a", new LinkTransfer(Time.GetUtcNow(), "completed", null, 5_000_000_000, true), Token)));
        Time.Advance(TimeSpan.FromSeconds(1));
        var last = new LinkTransfer(Time.GetUtcNow(), "failed", "client_disconnected", 7, false);
        await store.Links.AddTransferAsync("a", last, Token);

        var link = (await store.Links.FindAsync("a", Token))!;
        Assert.Equal((10, 50_000_000_007, last), (link.DownloadsUsed, link.BytesDelivered, link.LastTransfer));
    }

    [Fact]
    public async Task A_transfer_that_is_added_late_does_not_hide_one_that_ended_after_it()
    {
        await using var store = Open();
        await store.Links.CreateAsync(New("a"), Token);
        var resumed = new LinkTransfer(Time.GetUtcNow().AddSeconds(1), "completed", null, 100, true);
        await store.Links.AddTransferAsync("a", resumed, Token);
        await store.Links.AddTransferAsync("a", new LinkTransfer(Time.GetUtcNow(), "failed", "client_disconnected", 7, false), Token);
        var link = (await store.Links.FindAsync("a", Token))!;
        Assert.Equal((1, 107, resumed with { IsWhole = false }), (link.DownloadsUsed, link.BytesDelivered, link.LastTransfer));

        var same = resumed with { Status = "failed", Reason = "storage_error", Bytes = 1, IsWhole = false };
        await store.Links.AddTransferAsync("a", same, Token);
        Assert.Equal(same, (await store.Links.FindAsync("a", Token))!.LastTransfer);
    }

    [Fact]
    public async Task The_last_callback_is_kept_with_a_link_and_with_nothing_else()
    {
        await using var store = Open();
        await store.Links.SetCallbackAsync("none", new LinkCallback("delivered", 1, "200 OK"), Token); // the table does not exist yet
        await store.Links.CreateAsync(New("a"), Token);
        Assert.Null((await store.Links.FindAsync("a", Token))!.Callback);
        await store.Links.SetCallbackAsync("a", new LinkCallback("retrying", 3, "é " + new string('x', 5000)), Token);
        await store.Links.SetCallbackAsync("a", new LinkCallback("undeliverable", 4, null), Token);
        Assert.Equal(new LinkCallback("undeliverable", 4, null), (await store.Links.FindAsync("a", Token))!.Callback);
        await store.Links.SetCallbackAsync("a", new LinkCallback("delivered", 5, "200 OK"), Token);
        Assert.Equal(new LinkCallback("delivered", 5, "200 OK"), (await store.Links.FindAsync("a", Token))!.Callback);

        await Fixture.InsertAsync(new RawRecord("own", """["k"]"""));
        await store.Links.SetCallbackAsync("own", new LinkCallback("delivered", 1, "200 OK"), Token);
        Assert.Null(await store.Links.FindAsync("own", Token));
        await store.Links.RevokeAsync("own", "admin", Token);
        Assert.Null((await store.Links.FindAsync("own", Token))!.Callback);
    }

    /// <summary>A table of cases: the limits of a link.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    [InlineData(1_000_000L)]
    public async Task The_limit_of_a_link_is_found_with_the_link_and_with_the_record(long? maxDownloads)
    {
        await using var store = Open();
        await using var other = Open();
        Assert.Null((await FindRecordAsync(other, "a"))?.Id);
        await store.Links.CreateAsync(New("a") with { MaxDownloads = maxDownloads }, Token);
        Assert.Equal(maxDownloads, (await other.Links.FindAsync("a", Token))!.MaxDownloads);
        Assert.Equal(new LinkState(IsRevoked: false) { MaxDownloads = maxDownloads }, (await FindRecordAsync(other, "a"))!.Link);
        Assert.Equal(maxDownloads, Assert.Single((await other.Links.ListAsync(Select(5), Token)).Links).MaxDownloads);
        await store.Links.RevokeAsync("a", "shop", Token);
        Assert.True((await FindRecordAsync(other, "a"))!.Link!.Value.IsRevoked);
        Assert.Equal(maxDownloads, (await other.Links.FindAsync("a", Token))!.MaxDownloads);
    }

    /// <summary>A table of cases: how many times a budget was stored, the expected version, and whether the next write succeeds.</summary>
    [Theory]
    [InlineData(0, 0L, true)]
    [InlineData(0, 1L, false)]
    [InlineData(1, 0L, false)]
    [InlineData(1, 1L, true)]
    [InlineData(2, 1L, false)]
    [InlineData(2, 2L, true)]
    [InlineData(2, 3L, false)]
    public async Task Only_the_expected_version_of_a_budget_is_replaced(int puts, long expected, bool isPut)
    {
        await using var store = Open();
        await using var other = Open();
        await store.Links.CreateAsync(New("a") with { MaxDownloads = 1 }, Token);
        await store.Links.CreateAsync(New("b") with { MaxDownloads = 1 }, Token);
        for (var i = 0; i < puts; i++)
        {
            Assert.True(await store.LinkBudgets.TryPutBudgetAsync("a", i, $"state {i + 1}", Token));
        }

        Assert.Equal(isPut, await other.LinkBudgets.TryPutBudgetAsync("a", expected, "next", Token));
        var found = isPut ? new StoredBudget(expected + 1, "next") : new StoredBudget(puts, puts == 0 ? null : $"state {puts}");
        Assert.Equal(found, await store.LinkBudgets.FindBudgetAsync("a", Token));
        Assert.Equal(default, await store.LinkBudgets.FindBudgetAsync("b", Token));
        Assert.Equal((0, 0), ((await store.Links.FindAsync("a", Token))!.DownloadsUsed, (await store.Links.FindAsync("a", Token))!.BytesDelivered));
    }

    [Fact]
    public async Task A_budget_is_found_unchanged()
    {
        await using var store = Open();
        await using var other = Open();
        await store.Links.CreateAsync(New("a") with { MaxDownloads = 1 }, Token);
        var state = "{\"a\":\"" + new string('x', 200_000) + "é'\\\"日😀 \"}";
        Assert.True(await store.LinkBudgets.TryPutBudgetAsync("a", 0, state, Token));
        Assert.Equal(new StoredBudget(1, state), await other.LinkBudgets.FindBudgetAsync("a", Token));
    }

    [Fact]
    public async Task Of_many_at_once_that_expect_one_version_exactly_one_puts()
    {
        await using var first = Open();
        await first.Links.CreateAsync(New("a") with { MaxDownloads = 1 }, Token);
        for (var version = 0; version < 3; version++)
        {
            var put = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
            {
                await using var store = Open();
                return await store.LinkBudgets.TryPutBudgetAsync("a", version, $"{version} {i}", Token) ? i : -1;
            }));
            Assert.Equal(new StoredBudget(version + 1, $"{version} {Assert.Single(put, static i => i >= 0)}"), await first.LinkBudgets.FindBudgetAsync("a", Token));
        }
    }

    [Fact]
    public async Task Reservations_of_many_instances_never_exceed_the_budget()
    {
        await using var first = Open();
        await first.Links.CreateAsync(New("a") with { MaxDownloads = 5 }, Token);
        const long length = 100 << 20;
        var granted = await Task.WhenAll(Enumerable.Range(0, 4).Select(async instance =>
        {
            await using var store = Open();
            var budgets = new LinkBudgets(store.LinkBudgets);
            return await Task.WhenAll(Enumerable.Range(0, 5).Select(i => budgets.ChangeAsync(
                "a", budget => budget.Reserve(new Reserved($"{instance} {i}", length, 0, long.MaxValue), 5, length, Time.GetUtcNow()), Token)));
        }));
        Assert.Equal((5, 15), (granted.SelectMany(static one => one).Count(static one => one == Admission.Granted), granted.SelectMany(static one => one).Count(static one => one == Admission.AllReserved)));
    }

    [Fact]
    public async Task Pages_give_every_link_once_the_latest_first()
    {
        await using var store = Open();
        Assert.Equal((0, null), Shape(await store.Links.ListAsync(Select(3), Token)));
        for (var i = 0; i < 7; i++)
        {
            // Some links are created in the same millisecond.
            Time.Advance(TimeSpan.FromMilliseconds(i % 2));
            await store.Links.CreateAsync(New($"id{i}", by: i % 3 == 0 ? "shop" : "other"), Token);
        }

        var all = await PagesAsync(store, Select(3));
        Assert.Equal(7, all.Distinct().Count());
        Assert.Equal(all.OrderByDescending(link => link.CreatedAt).Select(link => link.CreatedAt), all.Select(link => link.CreatedAt));
        Assert.Equal(["id0", "id3", "id6"], (await PagesAsync(store, Select(2) with { CreatedBy = "shop" })).Select(link => link.Id).Order());
        Assert.Equal((7, null), Shape(await store.Links.ListAsync(Select(7), Token)));
        Assert.Empty(await PagesAsync(store, Select(5) with { CreatedBy = "sho" }));
        Assert.Empty(await PagesAsync(store, Select(5) with { CreatedBy = "Shop" }));
        Assert.Empty(await PagesAsync(store, Select(5) with { CreatedBy = "shöp \U0001F600" }));
    }

    [Fact]
    public async Task Links_are_selected_by_their_condition()
    {
        await using var store = Open();
        await store.Links.CreateAsync(New("forever"), Token);
        await store.Links.CreateAsync(New("later") with { ExpiresAt = Time.GetUtcNow().AddSeconds(10) }, Token);
        await store.Links.CreateAsync(New("soon") with { ExpiresAt = Time.GetUtcNow().AddSeconds(1) }, Token);
        await store.Links.CreateAsync(New("gone") with { ExpiresAt = Time.GetUtcNow().AddSeconds(1) }, Token);
        await store.Links.RevokeAsync("gone", "shop", Token);
        Time.Advance(TimeSpan.FromSeconds(10));

        async Task<string> Ids(LinkCondition? condition) => string.Join(' ', (await PagesAsync(store, Select(1) with { Condition = condition })).Select(link => link.Id).Order());
        Assert.Equal("forever later", await Ids(LinkCondition.Active));
        Assert.Equal("soon", await Ids(LinkCondition.Expired));
        Assert.Equal("gone", await Ids(LinkCondition.Revoked));
        Assert.Equal("forever gone later soon", await Ids(null));
    }

    private protected OpenedStore Open(Func<RecordStoreOptions, RecordStoreOptions>? change = null) => Fixture.Open(Time, change);

    private protected LinkSelection Select(int limit) => new(limit) { Now = Time.GetUtcNow() };

    private protected static NewLink New(string id, string by = "shop") =>
        new(new DownloadRecord { Id = id, Bucket = "b", Objects = [new ObjectItem("k")] }, by) { Summary = "{}" };

    private protected static NewLink Repeatable(string id, string key) => New(id) with { IdempotencyKey = Digest(key), BodyDigest = Digest("body") };

    private protected static string Digest(string text) => LinkCursor.KeyOf(text);

    private protected static async Task<DownloadRecord?> FindRecordAsync(OpenedStore store, string id) => await store.FindAsync(id, Token);

    private protected static async Task<List<LinkEntry>> PagesAsync(OpenedStore store, LinkSelection selection)
    {
        var all = new List<LinkEntry>();
        LinkPage page;
        do
        {
            page = await store.Links.ListAsync(selection, Token);
            Assert.True(page.Links.Count <= selection.Limit);
            all.AddRange(page.Links);
            selection = selection with { After = page.Next is { } next ? LinkCursor.Parse(next.ToString()) : null };
        }
        while (page.Next is not null);

        return all;
    }

    private static (int, LinkCursor?) Shape(LinkPage page) => (page.Links.Count, page.Next);
}
