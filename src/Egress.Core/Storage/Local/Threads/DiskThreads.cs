using System.Collections.Concurrent;

namespace Egress.Storage.Local.Threads;

/// <summary>
/// A bounded set of threads for the system calls that read a disk. If the server of a network share does not respond, each of these calls can block without
/// limit. Then only these threads wait, and not the threads of the pool, which serve requests.
/// </summary>
/// <remarks>
/// A download that continues on such a thread makes further reads on it without another switch. A switch for each call would cost more than reading a
/// small file.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class DiskThreads(TimeProvider time)
{
    /// <summary>The largest number of threads. When all of them are stuck, further calls wait for a thread, within the time limits of their requests.</summary>
    public const int Most = 64;

    /// <summary>The time after which a running call counts as stuck.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(10);

    private readonly object _lock = new();
    private readonly Queue<IDiskCall> _queue = [];

    private readonly ConcurrentBag<DiskThread> _threads = [];

    [ThreadStatic]
    private static DiskThread? t_current;

    private int _started;
    private int _idle;

    /// <summary>The calling thread, if it belongs to this set; otherwise null.</summary>
    public DiskThread? Current => t_current is { } thread && thread.Set == this ? thread : null;

    /// <summary>The number of calls that are stuck at present.</summary>
    public int Stuck => _threads.Count(static thread => thread.IsStuck);

    /// <summary>Makes a call on one of the threads.</summary>
    /// <param name="call">The call, which blocks while it waits for the disk.</param>
    /// <param name="mode">How the caller waits and continues.</param>
    /// <param name="cancellationToken">Cancels the wait for a thread, and the wait for the result if <paramref name="mode"/> allows it.</param>
    /// <param name="discard">Releases a result that arrives after the wait was canceled.</param>
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

/// <summary>One thread of a <see cref="DiskThreads"/> set.</summary>
/// <param name="set">The set to which the thread belongs.</param>
/// <param name="time">The clock.</param>
internal sealed class DiskThread(DiskThreads set, TimeProvider time)
{
    private long _calledAt;

    /// <summary>The set to which the thread belongs.</summary>
    public DiskThreads Set { get; } = set;

    /// <summary>Whether the call that runs on the thread is stuck.</summary>
    public bool IsStuck => Volatile.Read(ref _calledAt) is not 0 and var calledAt && time.GetElapsedTime(calledAt) > DiskThreads.StuckAfter;

    /// <summary>Makes a call on this thread, which must be the calling thread.</summary>
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
