using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Egress.Zip;

/// <summary>
/// Writes a ZIP archive, entry after entry, into a pipe. Not safe for concurrent use. After a failed call nothing more can be written:
/// what is out then never looks like a whole archive.
/// </summary>
public sealed class ZipArchiveWriter : IDisposable
{
    private readonly ZipOutput _output;
    private readonly EntryBody _body;
    private readonly StoredEntryWriter _stored;
    private readonly DeflatedEntryWriter _deflated;
    private readonly CentralDirectory _directory;
    private readonly EntrySource _source = new();
    private readonly ZipOptions _options;
    private State _state;

    /// <param name="output">Where the archive goes. The writer never completes it.</param>
    /// <param name="options">How the archive is written.</param>
    public ZipArchiveWriter(PipeWriter output, ZipOptions options)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _output = new ZipOutput(output, options.BufferSize);
        _body = new EntryBody(_output, options);
        _stored = new StoredEntryWriter(_output, _body, options);
        _deflated = new DeflatedEntryWriter(_output, _body, _stored, options);
        _directory = new CentralDirectory(options);
    }

    private enum State
    {
        Ready,
        Busy, // and after a failure for ever
        Completed,
        Disposed,
    }

    /// <summary>Bytes of the archive so far, in the pipe or on the way to it.</summary>
    public long Position => _output.Position;

    /// <summary>Writes an entry. Bytes may stay in the buffer until later calls.</summary>
    /// <param name="entry">What is known of it.</param>
    /// <param name="source">Its content, read to the end and not disposed. What its reads throw passes through.</param>
    /// <param name="cancellationToken">Ends reading and flushing.</param>
    /// <exception cref="ZipEntryMismatchException">The source has another size or CRC than declared. No byte beyond the declared size went out.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or nobody reads the pipe any more.</exception>
    /// <exception cref="InvalidOperationException">An earlier call failed or still runs, or the archive is complete.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ZipEntryResult> WriteEntryAsync(ZipEntry entry, Stream source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(source);
        Begin();
        _source.Open(entry, source);
        var written = entry.PlannedMethod(_options) == ZipMethod.Stored
            ? await _stored.WriteAsync(entry, _source, cancellationToken)
            : await _deflated.WriteAsync(entry, _source, cancellationToken);
        _directory.Add(written);
        _state = State.Ready;
        return written.Result;
    }

    /// <summary>Writes the central directory and flushes everything. Without this call the archive is not whole.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or nobody reads the pipe any more.</exception>
    /// <exception cref="InvalidOperationException">An earlier call failed or still runs, or the archive is complete.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Begin();
        await _directory.WriteAsync(_output, cancellationToken);
        await _output.FlushAsync(cancellationToken);
        _state = State.Completed;
    }

    /// <summary>Gives pooled memory back. Writes nothing: an archive that was not completed stays visibly broken.</summary>
    public void Dispose()
    {
        if (_state != State.Disposed)
        {
            _state = State.Disposed;
            _body.Dispose();
            _directory.Dispose();
        }
    }

    private void Begin()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Ready)
        {
            throw new InvalidOperationException(_state == State.Completed
                ? "The archive is complete."
                : "An earlier call failed or still runs: the archive cannot go on.");
        }

        _state = State.Busy;
    }
}
