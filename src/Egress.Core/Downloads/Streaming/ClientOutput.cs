using System.IO.Pipelines;

namespace Egress.Downloads.Streaming;

/// <summary>The one gate to the client: counts what goes out and tells the watch when the client is slow or gone.</summary>
internal sealed class ClientOutput(PipeWriter response, DownloadLifetime lifetime) : PipeWriter
{
    /// <summary>
    /// After every so many flushes in a row that found the client ready others get their turn, if any wait for one. A download whose client is
    /// always ready would keep its thread to the end, and a server has as many threads as cores at first.
    /// </summary>
    public const int MostInARow = 8;

    /// <summary>After so many flushes without a wait the client is fast: 4 MiB, more than waits for a slow one on its way.</summary>
    public const int FewestOfFast = 32;

    private bool _began;
    private int _sinceWait;
    private bool _hasUnflushed;

    /// <summary>Bytes handed over so far.</summary>
    public long BytesWritten { get; private set; }

    public override bool CanGetUnflushedBytes => response.CanGetUnflushedBytes;

    public override long UnflushedBytes => response.UnflushedBytes;

    /// <summary>Fast clients get pieces of twice the size, which cost half as many calls and wake-ups; slow ones hold no more memory than asked for.</summary>
    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        response.GetMemory(_sinceWait >= FewestOfFast && !_hasUnflushed ? 2 * sizeHint : sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        response.Advance(bytes);
        BytesWritten += bytes;
        _hasUnflushed = true;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _hasUnflushed = false;
        if (!_began)
        {
            _began = true;
            lifetime.ResponseBegins();
        }

        var flush = response.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
        {
            _sinceWait = 0;
            return AwaitAsync(flush);
        }

        _sinceWait++;
        var result = Checked(flush.Result);
        return _sinceWait % MostInARow == 0 && ThreadPool.PendingWorkItemCount > 0 ? YieldAsync(result) : new(result);
    }

    public override void CancelPendingFlush() => response.CancelPendingFlush();

    /// <summary>Completing the response is the server's: it must not look whole when the download failed.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    private static async ValueTask<FlushResult> YieldAsync(FlushResult result)
    {
        await Task.Yield();
        return result;
    }

    private async ValueTask<FlushResult> AwaitAsync(ValueTask<FlushResult> flush)
    {
        lifetime.ClientIsBusy();
        try
        {
            return Checked(await flush);
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

    private FlushResult Checked(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
        {
            lifetime.End(FailureReason.ClientDisconnected);
            lifetime.Token.ThrowIfCancellationRequested();
        }

        return result;
    }
}
