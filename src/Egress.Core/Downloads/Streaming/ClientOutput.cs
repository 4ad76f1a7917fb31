using System.Buffers;
using System.IO.Pipelines;

namespace Egress.Downloads.Streaming;

/// <summary>
/// The output through which all bytes are sent to the client. Counts the bytes, and notifies the download's lifetime when the client is slow or disconnected.
/// Holds the first piece back until <see cref="Release"/>, so that an earlier failure can still be answered with an HTTP status.
/// </summary>
internal sealed class ClientOutput(PipeWriter response, DownloadLifetime lifetime) : PipeWriter
{
    /// <summary>
    /// The number of consecutive flushes without a wait after which the download yields to queued work. Otherwise it would keep its thread to the end, and the
    /// thread pool starts with only as many threads as cores.
    /// </summary>
    public const int MostInARow = 8;

    /// <summary>
    /// The number of flushes without a wait after which the client counts as fast. Together they are 4 MiB, which is more than the buffers on the path to a
    /// slow client.
    /// </summary>
    public const int FewestOfFast = 32;

    private const int SmallestHeld = 4 << 10;

    private readonly TaskCompletionSource _firstPiece = new();
    private readonly TaskCompletionSource _released = new();
    private byte[]? _held = [];
    private int _unflushed;
    private int _sinceWait;

    /// <summary>Completes when the first piece is completely in memory. Fails if the piece cannot be completed.</summary>
    public Task FirstPiece => _firstPiece.Task;

    /// <summary>The number of bytes that were written to the client's connection.</summary>
    public long BytesSent { get; private set; }

    /// <summary>The number of bytes that the connection accepted: they were sent, or wait in its buffer.</summary>
    public long BytesAccepted { get; private set; }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

    /// <summary>Allows sending: the first piece as soon as it is complete, and then every further piece.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Cancels the wait for <see cref="Release"/>. Called when a transfer ends before its first piece was released.</summary>
    public void Abandon() => _released.TrySetCanceled();

    /// <summary>Reports that the first piece cannot be completed. Has no effect after it is complete.</summary>
    public void Fail(Exception exception)
    {
        ReturnHeld();
        _firstPiece.TrySetException(exception);
    }

    /// <summary>
    /// Returns twice the requested memory for fast clients, which halves the number of calls and wake-ups. Slow clients take no more memory than configured.
    /// </summary>
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

    /// <summary>Does nothing, because the server completes the response. A failed download must not look complete.</summary>
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
