using Egress.Storage;
using Egress.Storage.Local;
using Egress.Storage.Local.Threads;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Storage.Local;

/// <summary>Tests that a disk that does not respond blocks dedicated threads, but no thread of the thread pool.</summary>
public sealed class OffloadedStorageTests : IDisposable
{
    private static readonly ObjectLocation Location = new("", "a.txt");

    private readonly FakeTimeProvider _time = new();
    private readonly BlockingDisk _disk = new();
    private readonly DiskThreads _threads;
    private readonly OffloadedStorage _storage;

    public OffloadedStorageTests()
    {
        _threads = new DiskThreads(_time);
        _storage = new OffloadedStorage(_disk, _threads);
    }

    public void Dispose() => _disk.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Calls() => ["open", "look up", "look up all", "list"];

    private Task CallAsync(string name, CancellationToken cancellationToken) => name switch
    {
        "open" => _storage.OpenAsync(Location, ObjectRange.All, cancellationToken).AsTask(),
        "look up" => _storage.LookUpAsync(Location, cancellationToken).AsTask(),
        "look up all" => _storage.LookUpAllAsync([Location], cancellationToken).AsTask(),
        "list" => _storage.ListAsync(new ObjectPrefix("", ""), cancellationToken).ToListAsync(cancellationToken).AsTask(),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_that_hangs_is_abandoned_when_it_is_cancelled(string name)
    {
        _disk.Hang();
        using var request = new CancellationTokenSource();
        var call = CallAsync(name, request.Token);
        await _disk.Entered.WaitAsync(Stop);
        Assert.False(call.IsCompleted);

        await request.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        _disk.Answer();
        await CallAsync(name, Stop);
    }

    [Fact]
    public async Task An_object_that_an_abandoned_call_opens_is_closed()
    {
        _disk.Hang();
        using var request = new CancellationTokenSource();
        var call = CallAsync("open", request.Token);
        await _disk.Entered.WaitAsync(Stop);
        await request.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        _disk.Answer();
        await _disk.Closed.WaitAsync(Stop);
    }

    [Fact]
    public async Task A_read_is_never_abandoned_because_it_writes_into_memory_of_its_caller()
    {
        await using var opened = await OpenFromPoolAsync();
        _disk.Hang();
        using var request = new CancellationTokenSource();
        var buffer = new byte[10];
        var read = Task.Run(() => opened.Content.ReadAsync(buffer, request.Token).AsTask(), Stop);
        await _disk.Entered.WaitAsync(Stop);
        await request.CancelAsync();
        Assert.False(read.IsCompleted);

        _disk.Answer();
        Assert.Equal(4, await read);
    }

    [Fact]
    public async Task Hanging_calls_are_counted_after_a_while_until_they_end()
    {
        _disk.Hang();
        var calls = Enumerable.Range(0, 16).Select(_ => CallAsync("open", Stop)).ToList();
        for (var i = 0; i < calls.Count; i++)
        {
            await _disk.Entered.WaitAsync(Stop);
        }

        Assert.Equal(0, _threads.Stuck);
        _time.Advance(DiskThreads.StuckAfter + TimeSpan.FromSeconds(1));
        Assert.Equal(16, _threads.Stuck);

        _disk.Answer();
        await Task.WhenAll(calls);
        Assert.Equal(0, _threads.Stuck);
    }

    [Fact]
    public async Task More_calls_than_threads_wait_and_can_be_cancelled()
    {
        _disk.Hang();
        var hanging = Enumerable.Range(0, DiskThreads.Most).Select(_ => CallAsync("open", Stop)).ToList();
        for (var i = 0; i < hanging.Count; i++)
        {
            await _disk.Entered.WaitAsync(Stop);
        }

        using var request = new CancellationTokenSource();
        var cancelled = CallAsync("look up", request.Token);
        var patient = CallAsync("look up", Stop);
        await request.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(patient.IsCompleted);

        _disk.Answer();
        await patient;
        await Task.WhenAll(hanging);
        Assert.Equal(DiskThreads.Most + 1, _disk.Calls);
    }

    [Fact]
    public async Task A_download_stays_on_its_thread_while_it_reads()
    {
        // The method returns its task at its first await, so the disk responds while the download waits for it.
        _disk.Hang();
        var reading = await Task.Factory.StartNew(ReadTwoAsync, Stop, TaskCreationOptions.None, TaskScheduler.Default);
        _disk.Answer();
        Assert.Equal(4 + 4, await reading);
    }

    [Fact]
    public async Task Cached_files_are_opened_and_read_while_the_disk_hangs()
    {
        var cached = new OffloadedStorage(new CachedDisk(_disk), _threads);
        _disk.Hang();

        await using var opened = await cached.OpenAsync(Location, ObjectRange.All, Stop);
        Assert.Equal(4, await opened!.Content.ReadAsync(new byte[10], Stop));
        Assert.Equal(0, _disk.Calls);

        var rest = Task.Run(() => opened.Content.ReadAsync(new byte[10], Stop).AsTask(), Stop);
        await _disk.Entered.WaitAsync(Stop);
        Assert.False(rest.IsCompleted);
        _disk.Answer();
        Assert.Equal(4, await rest);
    }

    [Fact]
    public async Task Planning_does_not_stay_on_a_thread_of_the_disk()
    {
        foreach (var name in Calls().Select(row => row.Data).Where(name => name != "open"))
        {
            await Task.Run(
                async () =>
                {
                    await CallAsync(name, Stop);
                    Assert.Null(_threads.Current);
                },
                Stop);
        }
    }

    private async Task<int> ReadTwoAsync()
    {
        await using var first = await _storage.OpenAsync(Location, ObjectRange.All, Stop);
        var thread = _threads.Current;
        Assert.NotNull(thread);
        var opening = _storage.OpenAsync(Location, ObjectRange.All, Stop).AsTask();
        Assert.True(opening.IsCompletedSuccessfully);
        await using var second = await opening;
        var reads = new[] { first, second }.Select(opened => opened!.Content.ReadAsync(new byte[10], Stop).AsTask()).ToList();
        Assert.All(reads, read => Assert.True(read.IsCompletedSuccessfully));
        Assert.Same(thread, _threads.Current);
        return (await Task.WhenAll(reads)).Sum();
    }

    [Fact]
    public async Task Faults_are_those_of_the_storage()
    {
        _disk.Fault = new Egress.Backends.BackendException(Egress.Backends.Backend.Storage, Egress.Backends.BackendFault.Denied, "no");
        foreach (var name in Calls().Select(row => row.Data))
        {
            Assert.Same(_disk.Fault, await Assert.ThrowsAsync<Egress.Backends.BackendException>(() => CallAsync(name, Stop)));
        }
    }

    private async Task<OpenedObject> OpenFromPoolAsync()
    {
        var opened = await _storage.OpenAsync(Location, ObjectRange.All, Stop);
        await _disk.Entered.WaitAsync(Stop);
        return opened!;
    }

    /// <summary>A storage with the properties and the first read of an object in memory. All other calls wait for the disk.</summary>
    private sealed class CachedDisk(BlockingDisk disk) : IObjectStorage, ICachedStorage
    {
        public bool IsRemote => false;

        public OpenedObject TryOpen(ObjectLocation location, ObjectRange range) =>
            new(new ObjectProperties(location, 8), new CachedContent(new BlockingDisk.Content(disk)));

        public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken) =>
            disk.OpenAsync(location, range, cancellationToken);

        public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) =>
            disk.LookUpAsync(location, cancellationToken);

        public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
            disk.ListAsync(prefix, cancellationToken);

        private sealed class CachedContent(Stream content) : SourceStream, ICachedContent
        {
            private bool _isRead;

            public bool TryRead(Memory<byte> buffer, out int count)
            {
                (count, var isFirst, _isRead) = (4, !_isRead, true);
                return isFirst;
            }

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
                content.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>A disk whose calls wait until the test allows them to return.</summary>
    private sealed class BlockingDisk : IObjectStorage, IBatchLookup, IDisposable
    {
        private readonly ManualResetEventSlim _answers = new(initialState: true);
        private int _calls;

        public SemaphoreSlim Entered { get; } = new(0);

        public SemaphoreSlim Closed { get; } = new(0);

        public Exception? Fault { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public bool IsRemote => false;

        public void Hang() => _answers.Reset();

        public void Answer() => _answers.Set();

        public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken) =>
            new(Call(() => new OpenedObject(new ObjectProperties(location, 4), new Content(this))));

        public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) =>
            new(Call(() => new ObjectProperties(location, 4)));

        public ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(
            IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) =>
            new(Call(() => new ObjectProperties?[locations.Count]));

        public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
            Enumerable.Range(0, 600).Select(index => index == 0 ? Call(() => index) : index)
                .Select(index => new ObjectProperties(new ObjectLocation("", $"{index}"), 1)).ToAsyncEnumerable();

        public void Dispose() => _answers.Set();

        private T Call<T>(Func<T> answer)
        {
            Interlocked.Increment(ref _calls);
            Entered.Release();
            _answers.Wait();
            return Fault is null ? answer() : throw Fault;
        }

        internal sealed class Content(BlockingDisk disk) : MemoryStream([1, 2, 3, 4])
        {
            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
                new(disk.Call(() => Read(buffer.Span)));

            protected override void Dispose(bool disposing)
            {
                disk.Closed.Release();
                base.Dispose(disposing);
            }
        }
    }
}
