using System.Text;
using Egress.Zip.Deflate;

namespace Egress.Zip.Encryption;

/// <summary>
/// Derives the keys of the next entries on other cores while the current one is written: a key takes more than a millisecond, a small entry microseconds.
/// It looks ahead as far as it has already come, so that few entries waste few keys.
/// </summary>
internal sealed class AesKeyQueue(string password) : IDisposable
{
    /// <summary>Keys that wait for their entries at most.</summary>
    private const int MostAhead = 16;

    private readonly byte[] _password = Encoding.UTF8.GetBytes(password);
    private readonly Queue<Task<AesKey>> _keys = new();
    private readonly CancellationTokenSource _stop = new();
    private int _ahead;

    /// <summary>A key for one entry.</summary>
    public Task<AesKey> TakeAsync()
    {
        while (_keys.Count <= _ahead)
        {
            _keys.Enqueue(CpuWorkers.RunAsync(() => AesKey.Derive(_password), _stop.Token));
        }

        _ahead = Math.Min(_ahead * 2 + 1, MostAhead);
        return _keys.Dequeue();
    }

    /// <summary>Takes back what was not begun.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }
}
