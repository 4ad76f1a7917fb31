using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Egress.Downloads;
using Egress.Downloads.Streaming;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>Builds parts of an archive as a range request would be served, and uploads them. Safe for concurrent use.</summary>
internal sealed class ExportPartWriter(ArchiveStreamer streamer, IObjectUploads uploads, DownloadOptions options, TimeProvider time)
{
    /// <summary>Builds a range of an archive, and uploads it in one or more parts.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="range">Which bytes of it; <see cref="ArchiveRange.All"/> for an archive that is written in one pass.</param>
    /// <param name="sink">Gathers the bytes into parts.</param>
    /// <param name="cancellationToken">Ends the building.</param>
    /// <exception cref="Backends.BackendException">The storage refused or failed, or an object changed.</exception>
    /// <exception cref="ExportException">An object is not what was planned, or the sink refused a part.</exception>
    public async Task WriteAsync(DownloadPlan plan, ArchiveRange range, PartBuffer sink, CancellationToken cancellationToken)
    {
        // Nobody waits for these bytes, so the limits of a client do not apply.
        var unlimited = options with { RequestTimeout = TimeSpan.Zero, MaxDuration = TimeSpan.Zero, MinClientRate = 0 };
        using var lifetime = new DownloadLifetime(unlimited, time, CancellationToken.None, cancellationToken);
        var pipe = PipeWriter.Create(sink, new StreamPipeWriterOptions(leaveOpen: true));
        await using (var transfer = await streamer.OpenAsync(plan, range, lifetime))
        {
            await transfer.PrepareAsync(pipe);
            var outcome = await transfer.SendAsync();
            if (outcome.Cause is { } cause)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw cause is ZipEntryMismatchException ? new ExportException(ExportReason.ObjectChanged, cause.Message) : Rethrow(cause);
            }
        }

        await sink.CompleteAsync(cancellationToken);
    }

    /// <summary>A buffer that gathers parts of an upload.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="first">The part that the first byte belongs to.</param>
    /// <param name="size">Bytes of a part.</param>
    /// <param name="uploaded">Called after each part that was uploaded.</param>
    /// <param name="beforePart">Called before each part is uploaded, with the offset of its end; may throw.</param>
    public PartBuffer Buffer(ObjectUpload upload, PartPlace first, int size, Func<UploadedPart, long, Task> uploaded, Action<long>? beforePart = null) =>
        new(uploads, upload, first, size, uploaded, beforePart);

    private static Exception Rethrow(Exception cause)
    {
        ExceptionDispatchInfo.Throw(cause);
        return cause;
    }
}
