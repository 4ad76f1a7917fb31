using System.IO.Pipelines;

namespace Egress.Downloads;

/// <summary>The one gate to the client: counts what goes out and tells the watch when the client is slow or gone.</summary>
internal sealed class ClientOutput(PipeWriter response, TransferWatch watch) : PipeWriter
{
    /// <summary>
    /// So many flushes that found the client ready make room for others. A download whose client is always ready would keep its thread to the
    /// end, and a server has as many threads as cores at first.
    /// </summary>
    public const int MostInARow = 8;

    private bool _began;
    private int _inARow;

    /// <summary>Bytes handed over so far.</summary>
    public long BytesWritten { get; private set; }

    public override bool CanGetUnflushedBytes => response.CanGetUnflushedBytes;

    public override long UnflushedBytes => response.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => response.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => response.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        response.Advance(bytes);
        BytesWritten += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (!_began)
        {
            _began = true;
            watch.ResponseBegins();
        }

        var flush = response.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
        {
            _inARow = 0;
            return AwaitAsync(flush);
        }

        var result = Checked(flush.Result);
        return ++_inARow < MostInARow ? new(result) : YieldAsync(result);
    }

    public override void CancelPendingFlush() => response.CancelPendingFlush();

    /// <summary>Completing the response is the server's: it must not look whole when the download failed.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    private async ValueTask<FlushResult> YieldAsync(FlushResult result)
    {
        _inARow = 0;
        await Task.Yield();
        return result;
    }

    private async ValueTask<FlushResult> AwaitAsync(ValueTask<FlushResult> flush)
    {
        watch.ClientIsBusy();
        try
        {
            return Checked(await flush.ConfigureAwait(false));
        }
        catch (IOException)
        {
            watch.End(FailureReason.ClientDisconnected);
            throw;
        }
        finally
        {
            watch.ClientIsReady();
        }
    }

    private FlushResult Checked(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
        {
            watch.End(FailureReason.ClientDisconnected);
            watch.Token.ThrowIfCancellationRequested();
        }

        return result;
    }
}
