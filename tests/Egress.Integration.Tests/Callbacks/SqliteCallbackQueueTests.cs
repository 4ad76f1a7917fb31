using Egress.Callbacks.Queues;
using Egress.Callbacks.Queues.Sqlite;
using Egress.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Callbacks;

public sealed class SqliteCallbackQueueTests : CallbackQueueContract
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private SqliteQueueFile _file = null!;

    private protected override Task<(ICallbackQueue Queue, IPoisonQueue Poison)> CreateAsync()
    {
        _file = new SqliteQueueFile(_folder["data/callbacks"], _time);
        return Task.FromResult<(ICallbackQueue, IPoisonQueue)>((new SqliteCallbackQueue(_file), new SqlitePoisonQueue(_file)));
    }

    private protected override async Task<IReadOnlyList<ReceivedMessage>> ReceiveAfterAsync(TimeSpan time)
    {
        _time.Advance(time - TimeSpan.FromMilliseconds(200));
        Assert.Empty(await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        return await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token);
    }

    [Fact]
    public async Task What_another_process_holds_stays_hidden_while_it_lives_and_appears_when_it_is_gone()
    {
        var held = await Queue.LeaseAsync("lease", TimeSpan.FromHours(1), Token);
        await Queue.EnqueueAsync("delayed", TimeSpan.FromHours(1), Token);

        using (var second = new SqliteQueueFile(_folder["data/callbacks"], _time))
        {
            Assert.Empty(await new SqliteCallbackQueue(second).ReceiveAsync(32, TimeSpan.FromHours(1), Token));
        }

        _file.Dispose();
        using var third = new SqliteQueueFile(_folder["data/callbacks"], _time);
        var queue = new SqliteCallbackQueue(third);
        Assert.Equal("lease", Assert.Single(await queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token)).Text);
        Assert.Null(await queue.UpdateAsync(held, "final", TimeSpan.Zero, Token));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_a_fault_of_the_queue()
    {
        await _folder.WriteAsync("file", ReadOnlyMemory<byte>.Empty);
        using var file = new SqliteQueueFile(_folder["file/callbacks"], _time);
        await Assert.ThrowsAsync<CallbackQueueException>(async () => await new SqliteCallbackQueue(file).EnqueueAsync("a", TimeSpan.Zero, Token));
    }

    public override async ValueTask DisposeAsync()
    {
        _file.Dispose();
        await _folder.DisposeAsync();
        await base.DisposeAsync();
    }
}
