using System.Runtime.ExceptionServices;
using Egress.Downloads;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Downloads.Streaming;
using Egress.Limits;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>Builds parts of an archive and uploads them, or makes the storage copy them. Safe for concurrent use.</summary>
internal sealed class ExportPartWriter(
    ArchiveStreamer streamer, ChecksumLookup checksums, IObjectUploads uploads, DownloadOptions options, ExportReport report, TimeProvider time)
{
    /// <summary>How long Egress builds all parts itself after the storage refused to copy one.</summary>
    private static readonly TimeSpan CopyPause = TimeSpan.FromMinutes(10);

    private long _copiesAgainAt;

    /// <summary>
    /// Makes the storage copy a part from its object, if the checksum of the object is known. Otherwise the object must be read anyway to compute it.
    /// </summary>
    /// <param name="upload">The upload.</param>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The uploaded part; null if the caller must build it.</returns>
    /// <exception cref="Backends.BackendException">The storage failed, or the object changed.</exception>
    public async Task<UploadedPart?> TryCopyAsync(ObjectUpload upload, ExportPart part, CancellationToken cancellationToken)
    {
        if (part.Content is not { } content || uploads is not ICopyingUploads copying || time.GetUtcNow().UtcTicks < Volatile.Read(ref _copiesAgainAt)
            || !await KnowsChecksumAsync(content, cancellationToken))
        {
            return null;
        }

        var source = new CopiedRange(
            content.Object.Location, content.Object.ETag!, part.Range.From - content.DataStart, part.Range.To - part.Range.From);
        if (await copying.CopyPartAsync(upload, part.Place, source, cancellationToken) is { } copied)
        {
            return copied;
        }

        Volatile.Write(ref _copiesAgainAt, (time.GetUtcNow() + CopyPause).UtcTicks);
        report.NotCopied(part.Place.Number, upload.Destination.Key, upload.Destination.Bucket, CopyPause);
        return null;
    }

    /// <summary>Builds a range of an archive, and uploads it in one or more parts.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="range">The range of bytes; <see cref="ArchiveRange.All"/> for an archive that is written in one pass.</param>
    /// <param name="sink">Collects the bytes into parts.</param>
    /// <param name="cancellationToken">Cancels the building.</param>
    /// <exception cref="Backends.BackendException">The storage refused or failed, or an object changed.</exception>
    /// <exception cref="ExportException">An object has changed, or the sink refused a part.</exception>
    public async Task WriteAsync(DownloadPlan plan, ArchiveRange range, PartBuffer sink, CancellationToken cancellationToken)
    {
        // An export has no client, so the limits for slow clients do not apply.
        var unlimited = options with { RequestTimeout = TimeSpan.Zero, MaxDuration = TimeSpan.Zero, MinClientRate = 0 };
        using var lifetime = new DownloadLifetime(unlimited, time, CancellationToken.None, cancellationToken);
        await using (var transfer = await streamer.OpenAsync(plan, range, lifetime, FetchMode.Bulk))
        {
            await transfer.PrepareAsync(sink);
            var outcome = await transfer.SendAsync();
            if (outcome.Cause is { } cause)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw cause is ZipEntryMismatchException ? new ExportException(ExportReason.ObjectChanged, cause.Message) : Rethrow(cause);
            }
        }

        await sink.EndAsync(cancellationToken);
    }

    /// <summary>Creates a buffer that collects parts of an upload.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="first">The number and offset of the first part to upload.</param>
    /// <param name="memory">Memory for a part, which the buffer disposes.</param>
    /// <param name="uploaded">Called after each uploaded part.</param>
    /// <param name="beforePart">Called before each part is uploaded, with the offset of its end; may throw.</param>
    public PartBuffer Buffer(ObjectUpload upload, PartPlace first, PartMemory.Lease memory, Func<UploadedPart, long, Task> uploaded, Action<long>? beforePart = null) =>
        new(uploads, upload, first, memory, uploaded, beforePart);

    private async ValueTask<bool> KnowsChecksumAsync(ObjectContent content, CancellationToken cancellationToken)
    {
        if (content.Object.Entry.KnownCrc32 is not null)
        {
            return true;
        }

        var known = new KnownChecksums();
        await checksums.RecallAsync([(content.Index, content.Object)], withDigests: false, known, cancellationToken);
        return known.Crc32s.Find(content.Index) is not null;
    }

    private static Exception Rethrow(Exception cause)
    {
        ExceptionDispatchInfo.Throw(cause);
        return cause;
    }
}
