using System.Text.Json;
using Egress.Queues;
using Xunit;

namespace Egress.Integration.Tests.Callbacks;

/// <summary>The tests of every message queue. Each test has queues of its own, which do not exist at its start.</summary>
public abstract class MessageQueueContract : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private protected IMessageQueue Queue { get; private set; } = null!;

    private protected IPoisonQueue Poison { get; private set; } = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (Queue, Poison) = await CreateAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected abstract Task<(IMessageQueue Queue, IPoisonQueue Poison)> CreateAsync();

    /// <summary>Advances the clock, or waits, until messages become visible, and returns them.</summary>
    private protected abstract Task<IReadOnlyList<ReceivedMessage>> ReceiveAfterAsync(TimeSpan time);

    [Fact]
    public async Task An_empty_queue_returns_nothing() => Assert.Empty(await Queue.ReceiveAsync(32, Long, Token));

    [Theory]
    [InlineData("text")]
    [InlineData("""{"a":"\u0041 ünï 日本 <&>"}""")]
    [InlineData("aGVsbG8=")]
    public async Task A_message_arrives_as_it_was_put(string text)
    {
        await Queue.EnqueueAsync(text, TimeSpan.Zero, Token);
        var received = Assert.Single(await Queue.ReceiveAsync(1, Long, Token));
        Assert.Equal((text, 1), (received.Text, received.DequeueCount));
    }

    [Fact]
    public async Task A_large_message_fits()
    {
        var text = new string('x', 48 << 10);
        await Queue.EnqueueAsync(text, TimeSpan.Zero, Token);
        Assert.Equal(text, Assert.Single(await Queue.ReceiveAsync(1, Long, Token)).Text);
    }

    [Fact]
    public async Task A_taken_message_is_hidden_from_other_consumers_until_its_visibility_timeout()
    {
        await Queue.EnqueueAsync("a", TimeSpan.Zero, Token);
        Assert.Single(await Queue.ReceiveAsync(32, TimeSpan.FromSeconds(1), Token));

        var again = Assert.Single(await ReceiveAfterAsync(TimeSpan.FromSeconds(1)));

        Assert.Equal(("a", 2), (again.Text, again.DequeueCount));
        Assert.Empty(await Queue.ReceiveAsync(32, Long, Token));
    }

    [Fact]
    public async Task A_delayed_message_is_hidden()
    {
        await Queue.EnqueueAsync("now", TimeSpan.Zero, Token);
        await Queue.EnqueueAsync("later", TimeSpan.FromDays(7), Token);
        Assert.Equal("now", Assert.Single(await Queue.ReceiveAsync(32, Long, Token)).Text);
    }

    [Fact]
    public async Task A_delay_ends()
    {
        await Queue.EnqueueAsync("a", TimeSpan.FromMilliseconds(900), Token);
        Assert.Equal("a", Assert.Single(await ReceiveAfterAsync(TimeSpan.FromSeconds(1))).Text);
    }

    [Fact]
    public async Task No_more_is_taken_than_requested()
    {
        foreach (var text in (string[])["a", "b", "c"])
        {
            await Queue.EnqueueAsync(text, TimeSpan.Zero, Token);
        }

        var two = await Queue.ReceiveAsync(2, Long, Token);
        var rest = await Queue.ReceiveAsync(2, Long, Token);
        Assert.Equal((2, 1), (two.Count, rest.Count));
        Assert.Equal(["a", "b", "c"], two.Concat(rest).Select(message => message.Text).Order());
    }

    [Fact]
    public async Task A_completed_message_is_removed()
    {
        await Queue.EnqueueAsync("a", TimeSpan.Zero, Token);
        var received = Assert.Single(await Queue.ReceiveAsync(1, Long, Token));
        Assert.True(await Queue.CompleteAsync(received.Receipt, Token));
        Assert.False(await Queue.CompleteAsync(received.Receipt, Token));
        Assert.Null(await Queue.UpdateAsync(received.Receipt, "b", TimeSpan.Zero, Token));
        Assert.Empty(await Queue.ReceiveAsync(32, Long, Token));
    }

    [Fact]
    public async Task A_lease_is_hidden_while_it_is_renewed_and_shows_its_last_text()
    {
        QueueReceipt? receipt = await Queue.LeaseAsync("first", Long, Token);
        for (var i = 0; i < 3; i++)
        {
            receipt = await Queue.UpdateAsync(receipt!, $"renewal {i}", Long, Token);
            Assert.NotNull(receipt);
            Assert.Empty(await Queue.ReceiveAsync(32, Long, Token));
        }

        Assert.NotNull(await Queue.UpdateAsync(receipt!, "final", TimeSpan.Zero, Token));
        var received = Assert.Single(await Queue.ReceiveAsync(32, Long, Token));
        Assert.Equal(("final", 1), (received.Text, received.DequeueCount));
    }

    [Fact]
    public async Task An_expired_lease_can_be_renewed_until_a_consumer_takes_it()
    {
        var receipt = await Queue.LeaseAsync("lease", TimeSpan.Zero, Token);
        var renewed = await Queue.UpdateAsync(receipt, "renewed", TimeSpan.Zero, Token);
        Assert.NotNull(renewed);

        var taken = Assert.Single(await Queue.ReceiveAsync(32, Long, Token));

        Assert.Null(await Queue.UpdateAsync(renewed, "too late", TimeSpan.Zero, Token));
        Assert.False(await Queue.CompleteAsync(renewed, Token));
        Assert.NotNull(await Queue.UpdateAsync(taken.Receipt, taken.Text, TimeSpan.Zero, Token));
        Assert.Equal("renewed", Assert.Single(await Queue.ReceiveAsync(32, Long, Token)).Text);
    }

    [Fact]
    public async Task An_old_receipt_has_no_effect()
    {
        var first = await Queue.LeaseAsync("a", Long, Token);
        Assert.NotNull(await Queue.UpdateAsync(first, "b", Long, Token));
        Assert.Null(await Queue.UpdateAsync(first, "c", TimeSpan.Zero, Token));
        Assert.Empty(await Queue.ReceiveAsync(32, Long, Token));
    }

    [Fact]
    public async Task Each_message_is_taken_by_one_of_many()
    {
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Queue.EnqueueAsync($"m{i}", TimeSpan.Zero, Token).AsTask()));
        var taken = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Queue.ReceiveAsync(10, Long, Token).AsTask()));
        var rest = await Queue.ReceiveAsync(32, Long, Token);
        Assert.Equal(60, taken.SelectMany(messages => messages).Concat(rest).Select(message => message.Text).Distinct().Count());
        Assert.Equal(60, taken.Sum(messages => messages.Count) + rest.Count);
    }

    [Fact]
    public async Task Poison_messages_are_listed_and_stay()
    {
        var texts = Enumerable.Range(0, 70).Select(i => $"poison {i}").ToList();
        foreach (var text in texts)
        {
            await Poison.AddAsync(text, Token);
        }

        await Poison.KeepAsync("kept", Token);
        Assert.Equal(texts.Append("kept").Order(), (await ListAsync()).Order());
        Assert.Equal(71, (await ListAsync()).Count);
        Assert.Empty(await Queue.ReceiveAsync(32, Long, Token));
    }

    [Fact]
    public async Task A_poison_message_that_is_no_longer_needed_is_removed()
    {
        await Poison.AddAsync("a", Token);
        await Poison.AddAsync("b", Token);
        await Poison.KeepAsync("c", Token);
        await Poison.VisitAsync((text, _) => ValueTask.FromResult(text != "b"), Token);
        Assert.Equal(["b"], await ListAsync());
    }

    [Fact]
    public async Task An_exception_of_a_visitor_loses_no_message()
    {
        await Poison.AddAsync("a", Token);
        await Poison.AddAsync("b", Token);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await Poison.VisitAsync((_, _) => throw new InvalidDataException(), Token));
        Assert.Equal(["a", "b"], (await ListAsync()).Order());
    }

    /// <summary>Changes of the wall clock of this machine in hours, and whether the process restarts afterwards.</summary>
    public static TheoryData<int, bool> ClockSteps => new()
    {
        { -24, false },
        { -24, true },
        { -24 * 365, false },
        { -24 * 365, true },
        { -1, false },
        { 24, false },
    };

    /// <summary>After a change of the wall clock, a retry is still due after its delay, and a lease is not due.</summary>
    [Theory]
    [MemberData(nameof(ClockSteps))]
    public async Task A_changed_clock_delays_no_retry_and_ends_no_lease(int hours, bool reopens)
    {
        var lease = await Queue.LeaseAsync("lease", TimeSpan.FromDays(2), Token);
        await Queue.EnqueueAsync("retry", TimeSpan.FromMilliseconds(900), Token);
        SetClock(TimeSpan.FromHours(hours));
        if (reopens)
        {
            ReopenQueue();
            await Queue.MeasureAsync(Token); // a process reads its queue right after its start
        }

        var due = await ReceiveAfterAsync(TimeSpan.FromSeconds(1));
        await Queue.EnqueueAsync("at once", TimeSpan.Zero, Token);

        Assert.Equal("retry", Assert.Single(due).Text);
        Assert.Equal("at once", Assert.Single(await Queue.ReceiveAsync(32, Long, Token)).Text);
        Assert.NotNull(await Queue.UpdateAsync(lease, "still held", Long, Token));
    }

    /// <summary>
    /// If the response of the queue with the receipt of a lease was lost, this lease becomes visible once. It does not affect the next lease.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Unconfirmed_leases_become_visible_after_their_time_and_do_not_affect_the_held_one(int doubtful)
    {
        for (var i = 0; i < doubtful; i++)
        {
            await Queue.LeaseAsync($"doubtful {i}", TimeSpan.FromMilliseconds(900), Token);
        }

        var held = await Queue.LeaseAsync("held", Long, Token);
        var seen = new List<string>();
        while (seen.Count < doubtful)
        {
            var received = seen.Count == 0 ? await ReceiveAfterAsync(TimeSpan.FromSeconds(1)) : await Queue.ReceiveAsync(32, Long, Token);
            seen.AddRange(received.Select(static message => message.Text));
        }

        Assert.Equal(Enumerable.Range(0, doubtful).Select(static i => $"doubtful {i}"), seen.Order(StringComparer.Ordinal));
        Assert.NotNull(await Queue.UpdateAsync(held, "final", TimeSpan.Zero, Token));
        Assert.Equal("final", Assert.Single(await Queue.ReceiveAsync(32, Long, Token)).Text);
    }

    /// <summary>Texts of responses and failures, which are stored with a poison message.</summary>
    [Theory]
    [InlineData("the certificate is self-signed (CALLBACK_CA_FILE)")]
    [InlineData("\u001b[31m red, \u202e reversed, \0 and \r\n")]
    [InlineData("名前 ünï 🎉 \ud83d")]
    [InlineData("{\"json\":\"in \\u0022 json\"}")]
    public async Task The_answer_in_a_poison_message_is_returned_unchanged(string answer)
    {
        var message = JsonSerializer.Serialize(new { type = "egress.callback.v1", id = "msg_1", url = "https://r.example/", body = "{}", last_answer = answer });
        await Poison.AddAsync(message, Token);
        await Poison.KeepAsync(message, Token);
        Assert.Equal([message, message], await ListAsync());
    }

    [Fact]
    public async Task Both_queues_are_measured_before_and_after_their_first_use()
    {
        Assert.Equal((default, default), (await Queue.MeasureAsync(Token), await Poison.MeasureAsync(Token)));
        await Queue.EnqueueAsync("due", TimeSpan.Zero, Token);
        await Queue.EnqueueAsync("later", Long, Token);
        await Queue.LeaseAsync("lease", Long, Token);
        await Poison.AddAsync("poison", Token);
        await Poison.KeepAsync("kept", Token);

        Assert.Equal((3, 2), ((await Queue.MeasureAsync(Token)).Messages, (await Poison.MeasureAsync(Token)).Messages));
        await UntilOldestAsync(Queue.MeasureAsync, TimeSpan.FromSeconds(1));
        await UntilOldestAsync(Poison.MeasureAsync, TimeSpan.FromSeconds(1));
        Assert.Single(await Queue.ReceiveAsync(32, Long, Token));
        Assert.Equal(new QueueDepth(3, TimeSpan.Zero), await Queue.MeasureAsync(Token));
    }

    /// <summary>Changes the wall clock of this machine. Queues that are a service have a clock of their own.</summary>
    private protected virtual void SetClock(TimeSpan step)
    {
    }

    /// <summary>Opens the queue again, as a restarted process does.</summary>
    private protected virtual void ReopenQueue()
    {
    }

    /// <summary>Waits until the oldest message has this age.</summary>
    private protected abstract Task UntilOldestAsync(Func<CancellationToken, ValueTask<QueueDepth>> measure, TimeSpan age);

    private protected void Use(IMessageQueue queue, IPoisonQueue poison) => (Queue, Poison) = (queue, poison);

    private async Task<List<string>> ListAsync()
    {
        var texts = new List<string>();
        await Poison.VisitAsync(
            (text, _) =>
            {
                texts.Add(text);
                return ValueTask.FromResult(false);
            },
            Token);
        return texts;
    }
}
