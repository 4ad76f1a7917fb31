using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Egress.Zip.Deflate;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip;

/// <summary>
/// Writes a ZIP archive, entry after entry, into a pipe. Not safe for concurrent use. After a failed call, further calls are refused, so that the output does
/// not look like a complete archive.
/// </summary>
internal sealed class ZipArchiveWriter : IDisposable
{
    private readonly ZipOutput _output;
    private readonly EntryBody _body;
    private readonly StoredEntryWriter _stored;
    private readonly SerialDeflater _deflater;
    private readonly DeflatedEntryWriter _deflated;
    private readonly CentralDirectory? _directory;
    private readonly EntrySource _source = new();
    private readonly ZipOptions _options;
    private readonly bool _isRange;
    private State _state;

    /// <param name="output">The output of the archive. The writer never completes it.</param>
    /// <param name="options">How the archive is written.</param>
    public ZipArchiveWriter(PipeWriter output, ZipOptions options)
        : this(output, options, ArchiveRange.All)
    {
    }

    /// <summary>Writes a range of an archive for which <see cref="ArchiveLayout.SupportsRanges"/> holds.</summary>
    /// <param name="output">The output of the range. The writer never completes it.</param>
    /// <param name="options">How the archive is written.</param>
    /// <param name="range">The range. Bytes before it are created but not written. Content after it is not read.</param>
    /// <param name="hasDirectory">Whether the range contains bytes of the central directory or of the end after it. Otherwise no record is
    /// kept.</param>
    /// <exception cref="ArgumentException">The options encrypt the archive. Encrypted archives have other bytes each time, so they have no ranges.</exception>
    public ZipArchiveWriter(PipeWriter output, ZipOptions options, ArchiveRange range, bool hasDirectory = true)
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
        _directory = hasDirectory ? new CentralDirectory(options) : null;
    }

    private enum State
    {
        Ready,
        Busy, // a call is running or has failed
        Completed,
        Disposed,
    }

    /// <summary>The offset in the archive of the next byte. Bytes outside of the range are counted too.</summary>
    public long Position => _output.Position;

    private CentralDirectory Directory => _directory ?? throw new InvalidOperationException("The range ends before the central directory.");

    /// <summary>Length and CRC-32 of the content that was read for the last entry, even if the write failed.</summary>
    public (long Length, uint Crc32) LastContent => (_source.Size, _source.Crc32);

    /// <summary>Writes an entry. Bytes may stay in the buffer until later calls.</summary>
    /// <param name="entry">Its properties.</param>
    /// <param name="source">Its content, which is read to the end and not disposed. Exceptions of its reads are passed on.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    /// <remarks>If the range ends inside the entry, the rest of its content is not read, and its CRC is neither checked nor returned.</remarks>
    /// <exception cref="ZipEntryMismatchException">The source has another size or CRC than declared. No byte beyond the declared size was
    /// written.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled, or the reader of the pipe has stopped reading.</exception>
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
        Keep(written);
        _state = State.Ready;
        return written.Result;
    }

    /// <summary>Writes an entry in whose content the range starts, without reading the bytes before it.</summary>
    /// <param name="entry">Its properties, as in the layout.</param>
    /// <param name="offset">Offset in the content at which <paramref name="tail"/> begins: at or before the start of the range.</param>
    /// <param name="crc32">CRC-32 of the whole content, which is not checked. Any value if <see cref="ArchiveLayout.NeedsCrc"/> is false.</param>
    /// <param name="tail">The rest of the content, which is read to its end or to that of the range.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    /// <inheritdoc cref="WriteEntryAsync" path="/exception"/>
    public async ValueTask WriteEntryTailAsync(ZipEntry entry, long offset, uint crc32, Stream tail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(tail);
        Begin();
        RequirePlannable(entry);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, entry.Size ?? 0);
        _source.OpenTail(entry, offset, crc32, tail);
        Keep(await _stored.WriteTailAsync(entry, offset, _source, cancellationToken));
        _state = State.Ready;
    }

    /// <summary>Writes an entry in whose content the range starts and whose CRC is not known yet, without reading the bytes before it.</summary>
    /// <param name="entry">Its properties, as in the layout. It has a descriptor, and the range reaches it.</param>
    /// <param name="offset">Offset in the content at which <paramref name="rest"/> begins: at or before the start of the range.</param>
    /// <param name="rest">The rest of the content, read to its end.</param>
    /// <param name="crc32">Returns the CRC-32 of the whole content, which is not checked. Called once, after the content was flushed.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
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
        Keep(await _stored.WriteRestAsync(entry, offset, _source, crc32, cancellationToken));
        _state = State.Ready;
    }

    /// <summary>Flushes all bytes that were written so far.</summary>
    /// <inheritdoc cref="CompleteAsync" path="/exception"/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Begin();
        await _output.FlushUnflushedAsync(cancellationToken);
        _state = State.Ready;
    }

    /// <summary>Skips an entry whose header and content are before the range. Writes its data descriptor, if it has one.</summary>
    /// <param name="entry">Its properties, as in the layout.</param>
    /// <param name="crc32">CRC-32 of its content. Any value if <see cref="ArchiveLayout.NeedsCrc"/> is false.</param>
    /// <exception cref="InvalidOperationException">
    /// The range contains some of its content; an earlier call failed or still runs; or the archive is complete.
    /// </exception>
    public void SkipEntry(ZipEntry entry, uint crc32)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Begin();
        RequirePlannable(entry);
        Keep(_stored.Skip(entry, crc32));
        _state = State.Ready;
    }

    /// <summary>
    /// Skips the content of entries that are before the range. Later calls of <see cref="WriteRecordAsync"/> and <see cref="SkipRecords"/> write or
    /// skip their records.
    /// </summary>
    /// <param name="length">Total length of the entries in the archive, in bytes.</param>
    /// <exception cref="InvalidOperationException">
    /// The range contains some of their bytes; an earlier call failed or still runs; or the archive is complete.
    /// </exception>
    public void SkipContent(long length)
    {
        Begin();
        _output.Skip(length);
        _state = State.Ready;
    }

    /// <summary>Skips records that are outside of the range. Must be called after all content, and in the order of the records.</summary>
    /// <param name="count">The number of records.</param>
    /// <param name="length">Total length of their entries in the archive, in bytes.</param>
    /// <param name="recordsLength">Total length of the records, in bytes.</param>
    /// <exception cref="InvalidOperationException">The range includes some of these bytes; an earlier call failed or still runs; or the archive is
    /// complete.</exception>
    public void SkipRecords(long count, long length, long recordsLength)
    {
        Begin();
        Directory.Skip(_output, count, length, recordsLength);
        _state = State.Ready;
    }

    /// <summary>
    /// Writes the record of an entry whose content was skipped (<see cref="SkipContent"/>). Must be called after all content, and in the order of the
    /// records. These records come before the records of all entries that were written.
    /// </summary>
    /// <param name="entry">Its properties, as in the layout.</param>
    /// <param name="crc32">CRC-32 of its content. Any value if <see cref="ArchiveLayout.NeedsCrc"/> is false.</param>
    /// <param name="cancellationToken">Cancels flushing.</param>
    /// <inheritdoc cref="CompleteAsync" path="/exception"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteRecordAsync(ZipEntry entry, uint crc32, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Begin();
        RequirePlannable(entry);
        await Directory.WriteAsync(_output, entry, crc32, cancellationToken);
        _state = State.Ready;
    }

    /// <summary>Writes the central directory and the end records, and flushes all bytes. Without this call the archive is incomplete.</summary>
    /// <remarks>If the range ends before the directory, the entries after the range need not have been written.</remarks>
    /// <exception cref="OperationCanceledException">The call was canceled, or the reader of the pipe has stopped reading.</exception>
    /// <exception cref="InvalidOperationException">An earlier call failed or still runs, or the archive is complete.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Begin();
        if (!_output.IsPastRange)
        {
            await Directory.WriteAsync(_output, cancellationToken);
        }

        await _output.FlushAsync(cancellationToken);
        _state = State.Completed;
    }

    /// <summary>Returns pooled memory. Writes nothing, so that readers recognize an archive that was not completed as incomplete.</summary>
    public void Dispose()
    {
        if (_state != State.Disposed)
        {
            _state = State.Disposed;
            _deflater.Dispose();
            _body.Dispose();
            _output.Dispose();
            _directory?.Dispose();
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

    private void Keep(in WrittenEntry written) => _directory?.Add(written);

    private void RequirePlannable(ZipEntry entry)
    {
        if (_isRange && (entry.Size is null || entry.PlannedMethod(_options) != ZipMethod.Stored))
        {
            throw new ArgumentException("In a range, entries must be stored and have a known size.", nameof(entry));
        }
    }
}
