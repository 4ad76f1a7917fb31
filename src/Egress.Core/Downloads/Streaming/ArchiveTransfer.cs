using System.IO.Pipelines;
using Egress.Backends;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Records.Roles;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>Sends one archive, or a range of it, to one client: <see cref="PrepareAsync"/>, then <see cref="SendAsync"/>.</summary>
internal sealed class ArchiveTransfer(
    DownloadPlan plan, RangePlan range, ObjectPrefetcher prefetcher, ChecksumRecorder? recorder, DownloadLifetime lifetime) : IAsyncDisposable
{
    private readonly ArchiveDigests? _digests = plan.ChecksumFile is null ? null : new();
    private readonly ChecksumReader _checksums = new(prefetcher, recorder, lifetime.Token);
    private int _filesSucceeded;
    private long _sourceBytes;
    private ClientOutput? _output;
    private Task<DownloadOutcome>? _running;
    private bool _isDisposed;

    /// <summary>Whether the archive is complete with what is sent. Only then the download is reported.</summary>
    public bool ReachesEnd => range.ReachesEnd;

    /// <summary>Whether disposing this stores checksums.</summary>
    public bool HasChecksumsToStore => recorder is { HasPending: true };

    /// <summary>Writes the first piece and holds it back.</summary>
    /// <param name="response">The client; not completed here.</param>
    /// <exception cref="BackendException">An object of the first piece cannot be read, or is not the planned one. Nothing has reached the client.</exception>
    /// <exception cref="OperationCanceledException">The download was ended (<see cref="DownloadLifetime.Reason"/>). Nothing has reached the client.</exception>
    public async Task PrepareAsync(PipeWriter response)
    {
        _output = new ClientOutput(response, lifetime);
        _running = RunAsync(_output);
        try
        {
            await _output.FirstPiece;
        }
        catch (ZipEntryMismatchException mismatch)
        {
            throw new BackendException(Backend.Storage, BackendFault.Changed, mismatch.Message, mismatch);
        }
    }

    /// <summary>Sends the first piece and the rest. Never throws for a failed transfer: the outcome says who failed, and the caller aborts.</summary>
    public Task<DownloadOutcome> SendAsync()
    {
        _output!.Release();
        return _running!;
    }

    /// <summary>The outcome if the process ended at this moment. May be called from any thread while the transfer runs.</summary>
    public DownloadOutcome IfInterruptedNow() => Outcome(DownloadStatus.Failed, FailureReason.Interrupted, null, _output);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _output?.Abandon();
        if (_running is not null)
        {
            await _running;
        }

        await prefetcher.DisposeAsync();
        if (recorder is not null)
        {
            await recorder.DisposeAsync();
        }

        _digests?.Dispose();
    }

    private async Task<DownloadOutcome> RunAsync(ClientOutput output)
    {
        try
        {
            using var writer = new ZipArchiveWriter(output, plan.ZipOptions, range.Range);
            await WriteAsync(writer);
            var status = plan.MissingCount + plan.Manifest.UnavailableCount > 0 ? DownloadStatus.Partial : DownloadStatus.Completed;
            return Outcome(status, FailureReason.None, null, output);
        }
        catch (Exception e)
        {
            // Before the first piece the failure is thrown there. Afterwards the response can only be aborted, and the outcome says why.
            output.Fail(e);
            return Outcome(DownloadStatus.Failed, ReasonFor(e), e, output);
        }
    }

    private async Task WriteAsync(ZipArchiveWriter writer)
    {
        Skip(writer, range.Before);
        while (prefetcher.TryNext(out var next))
        {
            await WriteAsync(writer, next);
        }

        Skip(writer, range.After);
        await writer.CompleteAsync(lifetime.Token);
    }

    private void Skip(ZipArchiveWriter writer, SkippedEntries entries)
    {
        if (entries.Count > 0)
        {
            writer.SkipEntries(entries.Count, entries.Length, entries.RecordsLength);

            // Folders and the report, which are not counted, follow the files.
            var files = plan.RequestedCount - plan.MissingCount - plan.UnavailableCount;
            _filesSucceeded = Math.Min(_filesSucceeded + entries.Count, files);
        }
    }

    private async ValueTask WriteAsync(ZipArchiveWriter writer, FetchedStep next)
    {
        var step = next.Step;
        switch (step.Action)
        {
            case RangeAction.Flush:
                await writer.FlushAsync(lifetime.Token);
                return;
            case RangeAction.Checksum:
                writer.SetCrc(await _checksums.ReadAsync(next));
                return;
            case RangeAction.Defer:
                writer.DeferEntry(step.Object.Entry);
                break;
            case RangeAction.Skip:
                writer.SkipEntry(step.Object.Entry, step.Crc32);
                Collect(step, step.Sha256);
                break;
            case RangeAction.Read when step.Object.IsChecksumFile:
                await using (var lines = _digests!.OpenChecksumFile(plan.Objects))
                {
                    await writer.WriteEntryAsync(step.Object.Entry, lines, lifetime.Token);
                }

                break;
            default:
                await WriteContentAsync(writer, next);
                break;
        }

        // A range may end within the file.
        _filesSucceeded += step.Object is { Content: null, IsChecksumFile: false }
            && (step.Action is RangeAction.Skip or RangeAction.Defer || step.To >= step.Object.Size) ? 1 : 0;
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
                await writer.WriteEntryTailAsync(entry, step.From, step.Crc32, tail, lifetime.Token);
                Collect(step, step.Sha256);
            }
            else if (step.Action == RangeAction.ReadRest)
            {
                await using var rest = _checksums.Remembered(next);
                await writer.WriteEntryRestAsync(entry, step.From, rest, _checksums.ReadAsync, lifetime.Token);
            }
            else if (step.To < step.Object.Size)
            {
                await using var head = _checksums.Remembered(next);
                await writer.WriteEntryAsync(entry, head, lifetime.Token);
            }
            else
            {
                await WriteWholeAsync(writer, next);
            }
        }
        catch (ZipEntryMismatchException mismatch) when (mismatch.Property == ZipEntryProperty.Crc32)
        {
            // A download that is resumed after what was sent of the object then verifies it again.
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
            var written = await writer.WriteEntryAsync(planned.Entry, _digests?.Hashing(source) ?? source, lifetime.Token);
            var digest = _digests?.TakeHash();
            isRead = source.BytesRead == planned.Size;
            if (isRead)
            {
                recorder?.Add(new FoundChecksums(planned, planned.Entry.KnownCrc32 is null ? written.Crc32 : null, digest));
                Collect(step, digest);
            }
        }
        finally
        {
            // Of a broken download the part that was read, so that a resume need not read it again.
            var (length, crc) = writer.LastContent;
            if (!isRead && planned.Entry.KnownCrc32 is null && length == source.BytesRead)
            {
                recorder?.Add(planned, new Piece(0, length, crc));
            }
        }
    }

    /// <summary>Keeps the digest of a file for the file of checksums, if the range shows that.</summary>
    private void Collect(RangeStep step, Sha256Digest? digest)
    {
        if (range.NeedsDigests && !step.Object.Entry.IsFolder)
        {
            _digests!.Add(digest!.Value);
        }
    }

    private FailureReason ReasonFor(Exception exception) => (lifetime.Reason, exception) switch
    {
        (not FailureReason.None and var reason, _) => reason,
        (_, BackendException { Fault: BackendFault.Changed }) or (_, ZipEntryMismatchException) => FailureReason.ObjectChanged,
        (_, BackendException) => FailureReason.StorageError,
        _ => FailureReason.InternalError,
    };

    private DownloadOutcome Outcome(DownloadStatus status, FailureReason reason, Exception? cause, ClientOutput? output) => new(status, reason)
    {
        Cause = cause,
        IsResumed = range.IsResumed,
        ReachesEnd = range.ReachesEnd,
        Selection = plan.Selection,
        FilesRequested = plan.RequestedCount,
        FilesSucceeded = _filesSucceeded,
        FilesUnavailable = plan.UnavailableCount,
        SourceBytes = _sourceBytes + _checksums.BytesRead,
        ArchiveBytes = output?.BytesSent ?? 0,
        DeliveredBytes = output?.BytesAccepted ?? 0,
        Duration = lifetime.Elapsed,
    };
}
