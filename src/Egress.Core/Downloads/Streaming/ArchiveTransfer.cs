using System.IO.Pipelines;
using Egress.Backends;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>Sends one archive, or a range of it, to one client. Callers call <see cref="PrepareAsync"/>, then <see cref="SendAsync"/>.</summary>
internal sealed class ArchiveTransfer(
    DownloadPlan plan, RangePlan range, ObjectPrefetcher prefetcher, ChecksumRecorder? recorder, DownloadLifetime lifetime) : IAsyncDisposable
{
    private readonly StepWriter _steps = new(plan, range, prefetcher, recorder, lifetime.Token);
    private ClientOutput? _output;
    private Task<DownloadOutcome>? _running;
    private bool _isDisposed;

    /// <summary>Whether the requested range ends at the end of the archive. Only then is the download reported.</summary>
    public bool ReachesEnd => range.ReachesEnd;

    /// <summary>Whether disposing this transfer will store checksums.</summary>
    public bool HasChecksumsToStore => recorder is { HasPending: true };

    /// <summary>Writes the first piece of the archive into memory, without sending it.</summary>
    /// <param name="response">The output to the client; not completed here.</param>
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

    /// <summary>
    /// Sends the first piece and the rest. Does not throw if the transfer fails: the outcome has the cause, and the caller must abort the connection.
    /// </summary>
    public Task<DownloadOutcome> SendAsync()
    {
        _output!.Release();
        return _running!;
    }

    /// <summary>Returns the outcome that would be reported if the process ended now. May be called from any thread while the transfer runs.</summary>
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

        _steps.Dispose();
    }

    private async Task<DownloadOutcome> RunAsync(ClientOutput output)
    {
        try
        {
            using var writer = new ZipArchiveWriter(output, plan.ZipOptions, range.Range, range.Places.HasDirectory);
            await _steps.WriteAsync(writer);
            var status = plan.MissingCount + plan.Manifest.UnavailableCount > 0 ? DownloadStatus.Partial : DownloadStatus.Completed;
            return Outcome(status, FailureReason.None, null, output);
        }
        catch (Exception e)
        {
            // A failure before the first piece is thrown by `PrepareAsync`. After a later failure the response can only be aborted, and the outcome has the
            // cause.
            output.Fail(e);
            return Outcome(DownloadStatus.Failed, ReasonFor(e), e, output);
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
        FilesSucceeded = _steps.FilesSucceeded,
        FilesUnavailable = plan.UnavailableCount,
        SourceBytes = _steps.SourceBytes,
        ArchiveBytes = output?.BytesSent ?? 0,
        DeliveredBytes = output?.BytesAccepted ?? 0,
        Duration = lifetime.Elapsed,
    };
}
