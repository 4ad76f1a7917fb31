using System.Collections.Concurrent;

namespace Egress.Storage.Local.Threads;

/// <summary>
/// A bounded set of threads for the calls of the operating system that read a disk. A network share whose server is gone can block each of them
/// without limit. Then these threads wait, and those of the pool, on which the server answers, do not.
/// </summary>
/// <remarks>
/// A download that continues on such a thread reads on there without another switch. Switching for each call would cost more than reading a small file.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class DiskThreads(TimeProvider time)
{
    /// <summary>Most threads. When all of them are stuck, further calls wait for one, as long as their requests may.</summary>
    public const int Most = 64;

    /// <summary>A call that takes longer is counted as stuck.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(10);

    private readonly object _lock = new();
    private readonly Queue<IDiskCall> _queue = [];

    private readonly ConcurrentBag<DiskThread> _threads = [];

    [ThreadStatic]
    private static DiskThread? t_current;

    private int _started;
    private int _idle;

    /// <summary>The thread of the set that makes the call; null on any other thread.</summary>
    public DiskThread? Current => t_current is { } thread && thread.Set == this ? thread : null;

    /// <summary>How many calls are stuck.</summary>
    public int Stuck => _threads.Count(static thread => thread.IsStuck);

    /// <summary>Makes a call on one of the threads.</summary>
    /// <param name="call">Blocks as long as the disk does not answer.</param>
    /// <param name="mode">What happens before and after.</param>
    /// <param name="cancellationToken">Ends the wait for a thread, and the wait for the result if <paramref name="mode"/> allows it.</param>
    /// <param name="discard">Releases a result that came after the wait was cancelled.</param>
    public ValueTask<T> RunAsync<T>(Func<T> call, DiskCallMode mode, CancellationToken cancellationToken, Action<T>? discard = null)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        var queued = new DiskCall<T>(call, mode, discard, cancellationToken);
        lock (_lock)
        {
            _queue.Enqueue(queued);
            if (_queue.Count > _idle && _started < Most)
            {
                _started++;
                new Thread(Work) { IsBackground = true, Name = "Egress disk" }.UnsafeStart();
            }
            else
            {
                Monitor.Pulse(_lock);
            }
        }

        return queued.Result;
    }

    private void Work()
    {
        var thread = t_current = new DiskThread(this, time);
        _threads.Add(thread);
        while (true)
        {
            Next().Execute(thread);
        }
    }

    private IDiskCall Next()
    {
        lock (_lock)
        {
            while (_queue.Count == 0)
            {
                _idle++;
                Monitor.Wait(_lock);
                _idle--;
            }

            return _queue.Dequeue();
        }
    }
}

/// <summary>One of the threads.</summary>
/// <param name="set">The set that it belongs to.</param>
/// <param name="time">The clock.</param>
internal sealed class DiskThread(DiskThreads set, TimeProvider time)
{
    private long _calledAt;

    /// <summary>The set that it belongs to.</summary>
    public DiskThreads Set { get; } = set;

    /// <summary>Whether it has been in a call for long.</summary>
    public bool IsStuck => Volatile.Read(ref _calledAt) is not 0 and var calledAt && time.GetElapsedTime(calledAt) > DiskThreads.StuckAfter;

    /// <summary>Makes a call on this thread, which is the calling one.</summary>
    public T Run<TState, T>(Func<TState, T> call, TState state)
    {
        Volatile.Write(ref _calledAt, Math.Max(1, time.GetTimestamp()));
        try
        {
            return call(state);
        }
        finally
        {
            Volatile.Write(ref _calledAt, 0);
        }
    }
}
