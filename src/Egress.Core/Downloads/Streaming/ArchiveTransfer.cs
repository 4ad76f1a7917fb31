using System.IO.Pipelines;
using Egress.Backends;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>One archive, or a part of it, on its way to one client.</summary>
internal sealed class ArchiveTransfer(
    DownloadPlan plan, RangePlan part, ObjectPrefetcher prefetcher, CrcRecorder? recorder, DownloadLifetime lifetime) : IAsyncDisposable
{
    private int _filesSucceeded;
    private long _sourceBytes;
    private ClientOutput? _output;

    /// <summary>Whether the archive is complete with what is sent. Only then there is something to report.</summary>
    public bool ReachesEnd => part.ReachesEnd;

    /// <summary>Writes the archive or its part. Never throws for a failed transfer: the outcome says who failed, and the caller aborts.</summary>
    /// <param name="response">The client; not completed here.</param>
    public async Task<DownloadOutcome> RunAsync(PipeWriter response)
    {
        var output = _output = new ClientOutput(response, lifetime);
        try
        {
            using var writer = new ZipArchiveWriter(output, plan.ZipOptions, part.Range);
            await WriteAsync(writer);
            var status = plan.MissingCount > 0 ? DownloadStatus.Partial : DownloadStatus.Completed;
            return Outcome(status, FailureReason.None, null, output.BytesWritten);
        }
        catch (Exception e)
        {
            // Whatever it was, the response has begun: it can only be broken off, and the outcome must say why.
            return Outcome(DownloadStatus.Failed, ReasonFor(e), e, output.BytesWritten);
        }
    }

    /// <summary>The outcome if the process went down at this moment. May be called from any thread while the transfer runs.</summary>
    public DownloadOutcome IfInterruptedNow() => Outcome(DownloadStatus.Failed, FailureReason.Interrupted, null, _output?.BytesWritten ?? 0);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await prefetcher.DisposeAsync();
        if (recorder is not null)
        {
            await recorder.DisposeAsync();
        }
    }

    private async Task WriteAsync(ZipArchiveWriter writer)
    {
        foreach (var step in part.Steps())
        {
            if (step.Action == RangeAction.Skip)
            {
                writer.SkipEntry(step.Object.Entry, step.Crc32);
            }
            else
            {
                await WriteAsync(writer, step);
            }

            _filesSucceeded += step.Object.Content is null ? 1 : 0;
        }

        await writer.CompleteAsync(lifetime.Token);
    }

    private async Task WriteAsync(ZipArchiveWriter writer, RangeStep step)
    {
        var entry = step.Object.Entry;
        var source = new PrefetchedObjectStream(prefetcher);
        try
        {
            if (step.Action == RangeAction.ReadTail)
            {
                await writer.WriteEntryTailAsync(entry, step.From, step.Crc32, source, lifetime.Token);
                return;
            }

            var written = await writer.WriteEntryAsync(entry, source, lifetime.Token);
            if (entry.KnownCrc32 is null && source.BytesRead == step.Object.Size)
            {
                recorder?.Add(step.Object, written.Crc32);
            }
        }
        catch (ZipEntryMismatchException mismatch) when (mismatch.Property == ZipEntryProperty.Crc32)
        {
            // Whoever resumes behind what went out of the object has it verified again.
            recorder?.Add(step.Object, (uint)mismatch.Actual);
            throw;
        }
        finally
        {
            _sourceBytes += source.BytesRead;
        }
    }

    private FailureReason ReasonFor(Exception exception) => (lifetime.Reason, exception) switch
    {
        (not FailureReason.None and var reason, _) => reason,
        (_, BackendException { Fault: BackendFault.Changed }) or (_, ZipEntryMismatchException) => FailureReason.ObjectChanged,
        (_, BackendException) => FailureReason.StorageError,
        _ => FailureReason.InternalError,
    };

    private DownloadOutcome Outcome(DownloadStatus status, FailureReason reason, Exception? cause, long archiveBytes) => new(status, reason)
    {
        Cause = cause,
        IsResumed = part.IsResumed,
        ReachesEnd = part.ReachesEnd,
        FilesRequested = plan.RequestedCount,
        FilesSucceeded = _filesSucceeded,
        SourceBytes = _sourceBytes,
        ArchiveBytes = archiveBytes,
        Duration = lifetime.Elapsed,
    };
}
