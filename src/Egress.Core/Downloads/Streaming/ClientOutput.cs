using System.Buffers;
using System.IO.Pipelines;

namespace Egress.Downloads.Streaming;

/// <summary>
/// The only way to the client: counts what is sent and informs the download's lifetime when the client is slow or disconnected. Holds the first piece
/// back until <see cref="Release"/>, so that a failure before it still gets a status.
/// </summary>
internal sealed class ClientOutput(PipeWriter response, DownloadLifetime lifetime) : PipeWriter
{
    /// <summary>
    /// After so many flushes in a row that found the client ready, the download yields to queued work. Otherwise it would keep its thread to the end,
    /// and a server has as many threads as cores at first.
    /// </summary>
    public const int MostInARow = 8;

    /// <summary>After so many flushes without a wait the client is fast: 4 MiB, more than is on its way to a slow one.</summary>
    public const int FewestOfFast = 32;

    private const int SmallestHeld = 4 << 10;

    private readonly TaskCompletionSource _firstPiece = new();
    private readonly TaskCompletionSource _released = new();
    private byte[]? _held = [];
    private int _unflushed;
    private int _sinceWait;

    /// <summary>Completes when the first piece is complete and held back; fails with what made it impossible.</summary>
    public Task FirstPiece => _firstPiece.Task;

    /// <summary>Bytes handed over to the client's connection.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Those of them that the connection accepted: it can send them, or holds them to be sent.</summary>
    public long BytesAccepted { get; private set; }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

    /// <summary>Sends the first piece, now or when it is complete, and from then on every piece.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Ends a transfer whose first piece is never released.</summary>
    public void Abandon() => _released.TrySetCanceled();

    /// <summary>The first piece will never be complete. No effect if it is.</summary>
    public void Fail(Exception exception)
    {
        ReturnHeld();
        _firstPiece.TrySetException(exception);
    }

    /// <summary>Fast clients get pieces of twice the size, which cost half as many calls and wake-ups; slow ones hold no more memory than requested.</summary>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_held is not null)
        {
            return Hold(Math.Max(sizeHint, 1));
        }

        return response.GetMemory(_sinceWait >= FewestOfFast && _unflushed == 0 ? 2 * sizeHint : sizeHint);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (_held is null)
        {
            response.Advance(bytes);
        }

        _unflushed += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        _held is null ? SendAsync(cancellationToken) : SendFirstAsync(cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => response.CancelPendingFlush();

    /// <summary>Does nothing. The server completes the response: it must not look whole when the download failed.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    private async ValueTask<FlushResult> SendFirstAsync(CancellationToken cancellationToken)
    {
        _firstPiece.TrySetResult();
        await _released.Task;
        response.Write(_held.AsSpan(0, _unflushed));
        ReturnHeld();
        lifetime.ResponseBegins();
        return await SendAsync(cancellationToken);
    }

    private ValueTask<FlushResult> SendAsync(CancellationToken cancellationToken)
    {
        var length = _unflushed;
        (_unflushed, BytesSent) = (0, BytesSent + length);
        var flush = response.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
        {
            _sinceWait = 0;
            return AwaitAsync(flush, length);
        }

        _sinceWait++;
        lifetime.ClientTook(length);
        var result = Checked(flush.Result, length);
        return _sinceWait % MostInARow == 0 && ThreadPool.PendingWorkItemCount > 0 ? YieldAsync(result) : new(result);
    }

    private static async ValueTask<FlushResult> YieldAsync(FlushResult result)
    {
        await Task.Yield();
        return result;
    }

    private async ValueTask<FlushResult> AwaitAsync(ValueTask<FlushResult> flush, int length)
    {
        lifetime.ClientIsBusy(length);
        try
        {
            return Checked(await flush, length);
        }
        catch (IOException)
        {
            lifetime.End(FailureReason.ClientDisconnected);
            throw;
        }
        finally
        {
            lifetime.ClientIsReady();
        }
    }

    private FlushResult Checked(FlushResult result, int length)
    {
        if (result.IsCompleted || result.IsCanceled)
        {
            lifetime.End(FailureReason.ClientDisconnected);
            lifetime.Token.ThrowIfCancellationRequested();
        }

        BytesAccepted += length;
        return result;
    }

    private Memory<byte> Hold(int size)
    {
        if (_held!.Length - _unflushed < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestHeld, Math.Max(_unflushed + size, 2 * _held.Length)));
            _held.AsSpan(0, _unflushed).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_held);
            _held = larger;
        }

        return _held.AsMemory(_unflushed);
    }

    private void ReturnHeld()
    {
        if (_held is not null)
        {
            ArrayPool<byte>.Shared.Return(_held);
            _held = null;
        }
    }
}
