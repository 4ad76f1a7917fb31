using Egress.Backends;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Records.Roles;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>Writes the steps of a range into its archive, and counts what was written. For one transfer.</summary>
/// <param name="plan">The archive.</param>
/// <param name="range">The planned range of the archive.</param>
/// <param name="prefetcher">The steps of the range with their content.</param>
/// <param name="recorder">Records checksums of objects that are read; null if they are not kept.</param>
/// <param name="cancellationToken">Cancels reading and writing.</param>
internal sealed class StepWriter(
    DownloadPlan plan, RangePlan range, ObjectPrefetcher prefetcher, ChecksumRecorder? recorder, CancellationToken cancellationToken) : IDisposable
{
    private readonly ArchiveDigests? _digests = plan.ChecksumFile is null ? null : new();
    private readonly ChecksumReader _checksums = new(prefetcher, recorder, cancellationToken);
    private long _sourceBytes;

    /// <summary>The checksum that was computed for the next record.</summary>
    private uint? _crc;

    /// <summary>The number of files whose content was completely written, by this download or by the one that it resumes.</summary>
    public int FilesSucceeded { get; private set; }

    /// <summary>The number of bytes that were read from the storage.</summary>
    public long SourceBytes => _sourceBytes + _checksums.BytesRead;

    /// <summary>Writes all steps and the central directory, as far as the range contains them.</summary>
    /// <exception cref="BackendException">The storage failed, or an object has changed.</exception>
    /// <exception cref="ZipEntryMismatchException">An object has another size or checksum than planned.</exception>
    public async Task WriteAsync(ZipArchiveWriter writer)
    {
        Skip(writer, range.Places);
        while (prefetcher.TryNext(out var next))
        {
            await WriteAsync(writer, next);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _digests?.Dispose();

    private void Skip(ZipArchiveWriter writer, EntryPlaces places)
    {
        writer.SkipContent(places.LengthBefore);
        if (places.BeforeRecords is { Count: > 0 } before)
        {
            writer.SkipRecords(before.Count, before.Length, before.RecordsLength);
        }

        // Folders and the report come after the files and are not counted.
        FilesSucceeded = Math.Min(places.FilesBefore, plan.RequestedCount - plan.MissingCount - plan.UnavailableCount);
    }

    private async ValueTask WriteAsync(ZipArchiveWriter writer, FetchedStep next)
    {
        var step = next.Step;
        switch (step.Action)
        {
            case RangeAction.Flush:
                await writer.FlushAsync(cancellationToken);
                return;
            case RangeAction.Recall:
                await writer.FlushAsync(cancellationToken);
                await recorder!.RecallAsync(range.EntriesToRecallLater(), range.Known, cancellationToken);
                return;
            case RangeAction.Checksum:
                _crc = Remember(step, await _checksums.ReadAsync(next));
                return;
            case RangeAction.Record:
                await writer.WriteRecordAsync(step.Object.Entry, _crc ?? step.Crc32, cancellationToken);
                _crc = null;
                return;
            case RangeAction.Skip:
                writer.SkipEntry(step.Object.Entry, step.Crc32);
                Collect(step, step.Sha256);
                break;
            case RangeAction.Read when step.Object.IsChecksumFile:
                await using (var lines = _digests!.OpenChecksumFile(plan.Objects))
                {
                    await writer.WriteEntryAsync(step.Object.Entry, lines, cancellationToken);
                }

                break;
            default:
                await WriteContentAsync(writer, next);
                break;
        }

        // A file in which the range ends is not counted.
        FilesSucceeded += step.Object is { Content: null, IsChecksumFile: false }
            && (step.Action is RangeAction.Skip || step.To >= step.Object.Size) ? 1 : 0;
    }

    private async ValueTask WriteContentAsync(ZipArchiveWriter writer, FetchedStep next)
    {
        var (step, source) = next;
        var entry = step.Object.Entry;
        try
        {
            if (step.Action == RangeAction.ReadTail)
            {
                await using var tail = _checksums.Remembered(next);
                await writer.WriteEntryTailAsync(entry, step.From, step.Crc32, tail, cancellationToken);
                Collect(step, step.Sha256);
            }
            else if (step.Action == RangeAction.ReadRest)
            {
                await using var rest = _checksums.Remembered(next);
                await writer.WriteEntryRestAsync(entry, step.From, rest, async () => Remember(step, await _checksums.ReadAsync()), cancellationToken);
            }
            else if (step.To < step.Object.Size)
            {
                await using var head = _checksums.Remembered(next);
                await writer.WriteEntryAsync(entry, head, cancellationToken);
            }
            else
            {
                await WriteWholeAsync(writer, next);
            }
        }
        catch (ZipEntryMismatchException mismatch) when (mismatch.Property == ZipEntryProperty.Crc32)
        {
            // The computed checksum is stored, so that a resumed download knows that the declared one is doubtful and verifies it again.
            recorder?.Add(new FoundChecksums(step.Object, (uint)mismatch.Actual, null));
            throw;
        }
        finally
        {
            _sourceBytes += source.BytesRead;
        }
    }

    private async ValueTask WriteWholeAsync(ZipArchiveWriter writer, FetchedStep next)
    {
        var (step, source) = next;
        var (planned, isRead) = (step.Object, false);
        try
        {
            var written = await writer.WriteEntryAsync(planned.Entry, _digests?.Hashing(source) ?? source, cancellationToken);
            var digest = _digests?.TakeHash();
            isRead = source.BytesRead == planned.Size;
            if (isRead)
            {
                Remember(step, written.Crc32);
                recorder?.Add(new FoundChecksums(planned, planned.Entry.KnownCrc32 is null ? written.Crc32 : null, digest));
                Collect(step, digest);
            }
        }
        finally
        {
            // The checksum of the part that was read is recorded, so that a resumed download does not read that part again.
            var (length, crc) = writer.LastContent;
            if (!isRead && planned.Entry.KnownCrc32 is null && length == source.BytesRead)
            {
                recorder?.Add(planned, new Piece(0, length, crc));
            }
        }
    }

    /// <summary>Stores the checksum of an object in the manifest, for other ranges of the archive in this process.</summary>
    /// <returns>The checksum.</returns>
    private uint Remember(RangeStep step, uint crc)
    {
        if (recorder is not null && step.Object is { HasStrongETag: true, Entry.KnownCrc32: null })
        {
            plan.Manifest.Checksums.Add(step.Index, crc);
        }

        return crc;
    }

    /// <summary>Adds the digest of a file to the content of the file of checksums, if the range needs it.</summary>
    private void Collect(RangeStep step, Sha256Digest? digest)
    {
        if (range.NeedsDigests && !step.Object.Entry.IsFolder)
        {
            _digests!.Add(digest!.Value);
        }
    }
}
