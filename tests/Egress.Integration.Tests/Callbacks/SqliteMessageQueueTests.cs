using Egress.Queues;
using Egress.Queues.Sqlite;
using Egress.TestKit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Callbacks;

public sealed class SqliteMessageQueueTests : MessageQueueContract
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly SteppedWallClock _clock;
    private SqliteQueueFile _file = null!;
    private SqliteQueueFile? _second;

    public SqliteMessageQueueTests() => _clock = new SteppedWallClock(_time);

    private protected override Task<(IMessageQueue Queue, IPoisonQueue Poison)> CreateAsync()
    {
        _file = new SqliteQueueFile(_folder["data/callbacks"], QueueNames.CallbacksFile, _clock);
        return Task.FromResult<(IMessageQueue, IPoisonQueue)>((new SqliteMessageQueue(_file), new SqlitePoisonQueue(_file)));
    }

    private protected override async Task<IReadOnlyList<ReceivedMessage>> ReceiveAfterAsync(TimeSpan time)
    {
        _time.Advance(time - TimeSpan.FromMilliseconds(200));
        Assert.Empty(await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        return await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token);
    }

    private protected override async Task UntilOldestAsync(Func<CancellationToken, ValueTask<QueueDepth>> measure, TimeSpan age)
    {
        _time.Advance(age);
        Assert.True((await measure(Token)).OldestAge >= age);
    }

    private protected override void SetClock(TimeSpan step) => _clock.Step(step);

    private protected override void ReopenQueue()
    {
        // The lease must not become visible, because its process is still running. Only the instance that opened the file has ended.
        _second = _file;
        _file = new SqliteQueueFile(_folder["data/callbacks"], QueueNames.CallbacksFile, _clock);
        Use(new SqliteMessageQueue(_file), new SqlitePoisonQueue(_file));
    }

    [Fact]
    public async Task Only_the_owner_can_read_its_files()
    {
        await Queue.MeasureAsync(Token);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["data/callbacks/callbacks.db"]));
    }

    [Fact]
    public async Task A_queue_file_of_the_first_version_is_read_and_measured()
    {
        Directory.CreateDirectory(_folder["data/callbacks"]);
        await using (var connection = new SqliteConnection($"Data Source={_folder["data/callbacks/callbacks.db"]};Pooling=False"))
        {
            await connection.OpenAsync(Token);
            await using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, visible_at INTEGER NOT NULL,
                    dequeue_count INTEGER NOT NULL DEFAULT 0, receipt TEXT NOT NULL, holder TEXT);
                CREATE TABLE poison (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);
                INSERT INTO messages (text, visible_at, receipt) VALUES ('old', 1, 'r');
                INSERT INTO poison (text) VALUES ('old poison');
                """;
            await command.ExecuteNonQueryAsync(Token);
        }

        Assert.Equal(new QueueDepth(1, TimeSpan.Zero), await Poison.MeasureAsync(Token));
        Assert.Equal("old", Assert.Single(await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token)).Text);
    }

    [Fact]
    public async Task A_lease_of_another_process_stays_hidden_while_that_process_lives_and_appears_after_its_death()
    {
        var held = await Queue.LeaseAsync("lease", TimeSpan.FromHours(1), Token);
        await Queue.EnqueueAsync("delayed", TimeSpan.FromHours(1), Token);

        using (var second = new SqliteQueueFile(_folder["data/callbacks"], QueueNames.CallbacksFile, _clock))
        {
            Assert.Empty(await new SqliteMessageQueue(second).ReceiveAsync(32, TimeSpan.FromHours(1), Token));
        }

        _file.Dispose();
        using var third = new SqliteQueueFile(_folder["data/callbacks"], QueueNames.CallbacksFile, _clock);
        var queue = new SqliteMessageQueue(third);
        Assert.Equal("lease", Assert.Single(await queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token)).Text);
        Assert.Null(await queue.UpdateAsync(held, "final", TimeSpan.Zero, Token));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_created_is_a_fault_of_the_queue()
    {
        await _folder.WriteAsync("file", ReadOnlyMemory<byte>.Empty);
        using var file = new SqliteQueueFile(_folder["file/callbacks"], QueueNames.CallbacksFile, _time);
        await Assert.ThrowsAsync<QueueException>(async () => await new SqliteMessageQueue(file).EnqueueAsync("a", TimeSpan.Zero, Token));
    }

    [Fact]
    public async Task A_file_that_another_process_locks_is_a_fault_of_the_queue_and_works_again_later()
    {
        await Queue.EnqueueAsync("before", TimeSpan.Zero, Token);
        await using var connection = new SqliteConnection($"Data Source={_folder["data/callbacks/callbacks.db"]};Pooling=False");
        await connection.OpenAsync(Token);
        await using (await connection.BeginTransactionAsync(Token))
        {
            await Assert.ThrowsAsync<QueueException>(async () => await Queue.EnqueueAsync("meanwhile", TimeSpan.Zero, Token));
        }

        await Queue.EnqueueAsync("after", TimeSpan.Zero, Token);
        Assert.Equal(["before", "after"], (await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token)).Select(static message => message.Text));
    }

    public override async ValueTask DisposeAsync()
    {
        _file.Dispose();
        _second?.Dispose();
        await _folder.DisposeAsync();
        await base.DisposeAsync();
    }
}
