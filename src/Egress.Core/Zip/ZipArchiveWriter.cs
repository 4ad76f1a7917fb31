using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Egress.Zip.Deflate;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip;

/// <summary>
/// Writes a ZIP archive, entry after entry, into a pipe. Not safe for concurrent use. After a failed call nothing more can be written:
/// what was written until then never looks like a whole archive.
/// </summary>
internal sealed class ZipArchiveWriter : IDisposable
{
    private readonly ZipOutput _output;
    private readonly EntryBody _body;
    private readonly StoredEntryWriter _stored;
    private readonly SerialDeflater _deflater;
    private readonly DeflatedEntryWriter _deflated;
    private readonly CentralDirectory _directory;
    private readonly EntrySource _source = new();
    private readonly ZipOptions _options;
    private readonly bool _isRange;
    private State _state;

    /// <param name="output">Where the archive goes. The writer never completes it.</param>
    /// <param name="options">How the archive is written.</param>
    public ZipArchiveWriter(PipeWriter output, ZipOptions options)
        : this(output, options, ArchiveRange.All)
    {
    }

    /// <summary>Writes a range of an archive for which <see cref="ArchiveLayout.SupportsRanges"/> holds.</summary>
    /// <param name="output">Where the range goes. The writer never completes it.</param>
    /// <param name="options">How the archive is written.</param>
    /// <param name="range">Which bytes of it. What is before is created, but not written; what is after is not even read.</param>
    /// <exception cref="ArgumentException">Encrypted archives have other bytes every time.</exception>
    public ZipArchiveWriter(PipeWriter output, ZipOptions options, ArchiveRange range)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Encrypts && range != ArchiveRange.All)
        {
            throw new ArgumentException("Encrypted archives have no ranges.", nameof(range));
        }

        _options = options;
        _isRange = range != ArchiveRange.All;
        _output = new ZipOutput(output, options.BufferSize, range);
        _body = new EntryBody(_output, options);
        _stored = new StoredEntryWriter(_output, _body, options);
        _deflater = new SerialDeflater(_output, _body, options);
        _deflated = new DeflatedEntryWriter(_output, _body, _stored, _deflater, options);
        _directory = new CentralDirectory(options);
    }

    private enum State
    {
        Ready,
        Busy, // and after a failure
        Completed,
        Disposed,
    }

    /// <summary>Offset in the archive: of the bytes so far, those outside of the range included.</summary>
    public long Position => _output.Position;

    /// <summary>Length and CRC-32 of what was read of the content of the last entry, also if writing it failed.</summary>
    public (long Length, uint Crc32) LastContent => (_source.Size, _source.Crc32);

    /// <summary>Writes an entry. Bytes may stay in the buffer until later calls.</summary>
    /// <param name="entry">What is known of it.</param>
    /// <param name="source">Its content, read to the end and not disposed. What its reads throw passes through.</param>
    /// <param name="cancellationToken">Ends reading and flushing.</param>
    /// <remarks>An entry in which the range ends is read no further than that, and its CRC is neither checked nor returned.</remarks>
    /// <exception cref="ZipEntryMismatchException">The source has another size or CRC than declared. No byte beyond the declared size went out.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the reader of the pipe has stopped reading.</exception>
    /// <exception cref="InvalidOperationException">An earlier call failed or still runs, or the archive is complete.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ZipEntryResult> WriteEntryAsync(ZipEntry entry, Stream source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(source);
        Begin();
        RequirePlannable(entry);
        _source.Open(entry, source);
        var written = entry.PlannedMethod(_options) == ZipMethod.Stored
            ? await _stored.WriteAsync(entry, _source, cancellationToken)
            : await _deflated.WriteAsync(entry, _source, cancellationToken);
        _directory.Add(written);
        _state = State.Ready;
        return written.Result;
    }

    /// <summary>Writes an entry in whose content the range starts, without reading what is before.</summary>
    /// <param name="entry">What is known of it, as in the layout.</param>
    /// <param name="offset">Where in the content <paramref name="tail"/> begins: at or before the start of the range.</param>
    /// <param name="crc32">CRC-32 of the whole content, which is not checked; anything where <see cref="ArchiveLayout.NeedsCrc"/> is false.</param>
    /// <param name="tail">The rest of the content, read to the end of the range or its own.</param>
    /// <param name="cancellationToken">Ends reading and flushing.</param>
    /// <inheritdoc cref="WriteEntryAsync" path="/exception"/>
    public async ValueTask WriteEntryTailAsync(ZipEntry entry, long offset, uint crc32, Stream tail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(tail);
        Begin();
        RequirePlannable(entry);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, entry.Size ?? 0);
        _source.OpenTail(entry, offset, crc32, tail);
        _directory.Add(await _stored.WriteTailAsync(entry, offset, _source, cancellationToken));
        _state = State.Ready;
    }

    /// <summary>Writes an entry in whose content the range starts and whose CRC is not known yet, without reading what is before.</summary>
    /// <param name="entry">What is known of it, as in the layout: it has a descriptor, and the range reaches that.</param>
    /// <param name="offset">Where in the content <paramref name="rest"/> begins: at or before the start of the range.</param>
    /// <param name="rest">The rest of the content, read to its end.</param>
    /// <param name="crc32">Returns the CRC-32 of the whole content, which is not checked. Called once, when the content was flushed.</param>
    /// <param name="cancellationToken">Ends reading and flushing.</param>
    /// <inheritdoc cref="WriteEntryAsync" path="/exception"/>
    public async ValueTask WriteEntryRestAsync(ZipEntry entry, long offset, Stream rest, Func<ValueTask<uint>> crc32, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(rest);
        ArgumentNullException.ThrowIfNull(crc32);
        Begin();
        RequirePlannable(entry);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, entry.Size ?? 0);
        _source.OpenTail(entry, offset, 0, rest);
        _directory.Add(await _stored.WriteRestAsync(entry, offset, _source, crc32, cancellationToken));
        _state = State.Ready;
    }

    /// <summary>Skips an entry whose content is before the range, and whose CRC is not known yet: <see cref="SetCrc"/> follows.</summary>
    /// <param name="entry">What is known of it, as in the layout.</param>
    /// <inheritdoc cref="SkipEntry" path="/exception"/>
    public void DeferEntry(ZipEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Begin();
        RequirePlannable(entry);
        _directory.AddWithoutCrc(_stored.Skip(entry, 0));
        _state = State.Ready;
    }

    /// <summary>Sets the CRC of the first deferred entry that has none yet.</summary>
    /// <exception cref="InvalidOperationException">There is none; an earlier call failed or still runs; or the archive is complete.</exception>
    public void SetCrc(uint crc32)
    {
        Begin();
        _directory.SetCrc(crc32);
        _state = State.Ready;
    }

    /// <summary>Flushes what was written so far.</summary>
    /// <inheritdoc cref="CompleteAsync" path="/exception"/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Begin();
        await _output.FlushUnflushedAsync(cancellationToken);
        _state = State.Ready;
    }

    /// <summary>Skips an entry whose content is before the range.</summary>
    /// <param name="entry">What is known of it, as in the layout.</param>
    /// <param name="crc32">CRC-32 of its content; anything where <see cref="ArchiveLayout.NeedsCrc"/> is false.</param>
    /// <exception cref="InvalidOperationException">The range includes some of its content; an earlier call failed or still runs; or the archive is complete.</exception>
    public void SkipEntry(ZipEntry entry, uint crc32)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Begin();
        RequirePlannable(entry);
        _directory.Add(_stored.Skip(entry, crc32));
        _state = State.Ready;
    }

    /// <summary>Skips consecutive entries whose content and records are outside of the range.</summary>
    /// <param name="count">How many.</param>
    /// <param name="length">Their length in the archive.</param>
    /// <param name="recordsLength">The length of their records in the central directory.</param>
    /// <exception cref="InvalidOperationException">The range includes some of it; an earlier call failed or still runs; or the archive is complete.</exception>
    public void SkipEntries(long count, long length, long recordsLength)
    {
        Begin();
        _output.Skip(length);
        _directory.Skip(count, recordsLength);
        _state = State.Ready;
    }

    /// <summary>Writes the central directory and flushes everything. Without this call the archive is not whole.</summary>
    /// <remarks>If the range ends before the directory, the entries after the range need not have been written.</remarks>
    /// <exception cref="OperationCanceledException">Cancelled, or the reader of the pipe has stopped reading.</exception>
    /// <exception cref="InvalidOperationException">An earlier call failed or still runs, the archive is complete, or a CRC is missing.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Begin();
        if (_directory.LacksCrc)
        {
            throw new InvalidOperationException("A deferred entry has no CRC yet.");
        }

        if (!_output.IsPastRange)
        {
            await _directory.WriteAsync(_output, cancellationToken);
        }

        await _output.FlushAsync(cancellationToken);
        _state = State.Completed;
    }

    /// <summary>Returns pooled memory. Writes nothing: an archive that was not completed stays visibly broken.</summary>
    public void Dispose()
    {
        if (_state != State.Disposed)
        {
            _state = State.Disposed;
            _deflater.Dispose();
            _body.Dispose();
            _output.Dispose();
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
                : "An earlier call failed or still runs.");
        }

        _state = State.Busy;
    }

    private void RequirePlannable(ZipEntry entry)
    {
        if (_isRange && (entry.Size is null || entry.PlannedMethod(_options) != ZipMethod.Stored))
        {
            throw new ArgumentException("In a range, entries must be stored and have a known size.", nameof(entry));
        }
    }
}
