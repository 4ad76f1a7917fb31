using System.Text;
using Egress.Limits;

namespace Egress.Zip.Encryption;

/// <summary>
/// Derives the keys of the next entries on other cores while the current entry is written, because deriving a key takes longer than writing a small entry. The
/// number of keys that are derived ahead grows with the number of used keys, so that few keys are wasted for archives with few entries.
/// </summary>
internal sealed class AesKeyQueue(string password, CpuWorkers workers) : IDisposable
{
    /// <summary>The largest number of batches that are derived ahead.</summary>
    private const int MostAhead = 4;

    private readonly byte[] _password = Encoding.UTF8.GetBytes(password);
    private readonly Queue<AesKey> _keys = new();
    private readonly Queue<Task<AesKey[]>> _batches = new();
    private readonly CancellationTokenSource _stop = new();
    private int _ahead;

    /// <summary>Takes a key for one entry.</summary>
    public async ValueTask<AesKey> TakeAsync()
    {
        if (_keys.Count == 0)
        {
            DeriveAhead();
            foreach (var key in await _batches.Dequeue())
            {
                _keys.Enqueue(key);
            }

            _ahead = Math.Min(_ahead + 1, MostAhead);
            DeriveAhead();
        }

        return _keys.Dequeue();
    }

    /// <summary>Stops deriving keys. Called when no further entry is written.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void DeriveAhead()
    {
        while (_batches.Count <= _ahead)
        {
            _batches.Enqueue(workers.RunAsync(() => AesKey.DeriveSome(_password), _stop.Token));
        }
    }
}
