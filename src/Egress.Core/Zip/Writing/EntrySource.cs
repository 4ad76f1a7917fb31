using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace Egress.Zip.Writing;

/// <summary>Reads the content of entries, and compares it with their declared size and CRC.</summary>
internal sealed class EntrySource
{
    private readonly Crc32 _crc = new();
    private readonly byte[] _probe = new byte[1];
    private ZipEntry? _entry;
    private Stream? _stream;
    private uint? _knownCrc;

    /// <summary>The number of content bytes that were read or skipped so far.</summary>
    public long Size { get; private set; }

    /// <summary>Whether the end of the content was reached, and its size and CRC are as declared.</summary>
    public bool Ended { get; private set; }

    /// <summary>CRC-32 of the bytes that were read so far, or of the whole content if it was known from the start.</summary>
    public uint Crc32 => _knownCrc ?? _crc.GetCurrentHashAsUInt32();

    /// <summary>Switches to the content of another entry.</summary>
    public void Open(ZipEntry entry, Stream stream)
    {
        _entry = entry;
        _stream = stream;
        _crc.Reset();
        _knownCrc = null;
        Size = 0;
        Ended = false;
    }

    /// <summary>Switches to the rest of the content of another entry. The CRC of the whole content is given, and is not checked.</summary>
    public void OpenTail(ZipEntry entry, long offset, uint crc32, Stream tail)
    {
        Open(entry, tail);
        Size = offset;
        _knownCrc = crc32;
    }

    /// <summary>Reads the next bytes, never more than the declared size. The memory may be empty after the declared size was read.</summary>
    /// <returns>The number of bytes; 0 at the end, after size and CRC were verified.</returns>
    /// <exception cref="ZipEntryMismatchException">The content is shorter or longer than declared, or has another CRC.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> memory, CancellationToken cancellationToken)
    {
        if (Ended)
        {
            return default;
        }

        var wanted = (int)Math.Min(memory.Length, (_entry!.Size ?? long.MaxValue) - Size);
        if (wanted == 0)
        {
            return EndAsync(cancellationToken);
        }

        // Most reads of small local files complete synchronously, so this method avoids the state machine of an async method.
        var reading = _stream!.ReadAsync(memory[..wanted], cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return AwaitReadAsync(reading, memory, cancellationToken);
        }

        var read = reading.Result;
        return read > 0 ? new(Take(memory.Span[..read])) : EndAsync(cancellationToken);
    }

    /// <summary>Reads until the memory is full or the content ends.</summary>
    /// <returns>The number of bytes. If the size is declared, or if the memory was not filled, the end was detected and <see cref="Ended"/> is set.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> FillAsync(Memory<byte> memory, CancellationToken cancellationToken)
    {
        var filled = 0;
        while (filled < memory.Length || Size == _entry!.Size)
        {
            var read = await ReadAsync(memory[filled..], cancellationToken);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitReadAsync(ValueTask<int> reading, Memory<byte> memory, CancellationToken cancellationToken)
    {
        var read = await reading;
        return read > 0 ? Take(memory.Span[..read]) : await EndAsync(cancellationToken);
    }

    private int Take(ReadOnlySpan<byte> read)
    {
        _crc.Append(read);
        Size += read.Length;
        if (Size == _entry!.Size)
        {
            // The CRC is verified before these bytes are sent, because a download that is resumed after them would not verify the entry again.
            CheckCrc();
        }

        return read.Length;
    }

    private void CheckCrc()
    {
        if (_knownCrc is null && _entry!.KnownCrc32 is { } crc && crc != Crc32)
        {
            throw new ZipEntryMismatchException(_entry.Name, ZipEntryProperty.Crc32, crc, Crc32);
        }
    }

    /// <returns>Always 0, the result of a read at the end.</returns>
    private async ValueTask<int> EndAsync(CancellationToken cancellationToken)
    {
        var declared = _entry!.Size;
        if (Size < declared)
        {
            throw new ZipEntryMismatchException(_entry.Name, ZipEntryProperty.Size, declared.Value, Size);
        }

        if (declared is not null && await _stream!.ReadAsync(_probe, cancellationToken) > 0)
        {
            throw new ZipEntryMismatchException(_entry!.Name, ZipEntryProperty.Size, declared.Value, Size + 1);
        }

        CheckCrc();
        Ended = true;
        _stream = null;
        return 0;
    }
}
