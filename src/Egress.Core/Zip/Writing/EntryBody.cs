using Egress.Zip.Encryption;
using Egress.Zip.Format;

namespace Egress.Zip.Writing;

/// <summary>Writes the parts of entries to the output: the local header, the data, which is encrypted if a password is set, and the data descriptor.</summary>
internal sealed class EntryBody(ZipOutput output, ZipOptions options) : IDisposable
{
    private readonly AesKeyQueue? _keys = options.Encrypts ? new AesKeyQueue(options.Password!, options.Limits.Workers) : null;
    private AesEntry? _encryption;
    private long _dataLength;

    /// <summary>Writes the local header and, for an encrypted entry, the bytes before the data.</summary>
    public async ValueTask BeginAsync(EntryHeader header, uint crc32, CancellationToken cancellationToken)
    {
        var key = header.Encrypts ? await _keys!.TakeAsync() : null;
        await output.MakeRoomAsync(header.LocalLength + AesFormat.PrefixLength, cancellationToken);
        header.WriteLocal(output.GetSpan(header.LocalLength), crc32);
        output.Advance(header.LocalLength);
        _dataLength = 0;
        if (key is not null)
        {
            BeginEncryption(key);
        }
    }

    /// <summary>Returns memory for data, at least one byte.</summary>
    public Memory<byte> GetMemory() => output.GetMemory(1);

    /// <summary>Commits data that was written to the start of the returned memory. Encrypts it in place, if the entry is encrypted.</summary>
    public void Advance(Span<byte> data)
    {
        _encryption?.Encrypt(data);
        output.Advance(data.Length);
        _dataLength += data.Length;
    }

    /// <summary>Skips data that is outside of the range.</summary>
    public void Skip(long length)
    {
        output.Skip(length);
        _dataLength += length;
    }

    /// <summary>Writes data, without a flush.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            var room = output.GetRoom().Span;
            var length = Math.Min(room.Length, data.Length);
            data[..length].CopyTo(room);
            Advance(room[..length]);
            data = data[length..];
        }
    }

    /// <summary>Writes data, and flushes each time enough bytes are collected.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            await output.MakeRoomAsync(1, cancellationToken);
            var length = Math.Min(options.BufferSize, data.Length);
            Write(data.Span[..length]);
            data = data[length..];
        }
    }

    /// <summary>Flushes all output to the reader of the archive.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    /// <summary>Completes the data, and writes the data descriptor if the header has one.</summary>
    public WrittenEntry End(in EntryHeader header, EntrySource source)
    {
        if (_encryption is not null)
        {
            _encryption.WriteSuffix(output.GetSpan(AesFormat.SuffixLength));
            output.Advance(AesFormat.SuffixLength);
            _dataLength += AesFormat.SuffixLength;
            _encryption.Dispose();
            _encryption = null;
        }

        return EndWith(header, new ZipEntryResult(source.Size, _dataLength, source.Crc32));
    }

    /// <summary>Writes the data descriptor of an entry whose data is complete, if the header has one.</summary>
    public WrittenEntry EndWith(in EntryHeader header, in ZipEntryResult result)
    {
        if (header.HasDescriptor)
        {
            header.WriteDescriptor(output.GetSpan(header.DescriptorLength), result);
            output.Advance(header.DescriptorLength);
        }

        return new(header, result);
    }

    /// <summary>Releases the resources of an unfinished entry. Writes nothing.</summary>
    public void Dispose()
    {
        _encryption?.Dispose();
        _encryption = null;
        _keys?.Dispose();
    }

    private void BeginEncryption(AesKey key)
    {
        _encryption = new AesEntry(key);
        AesEntry.WritePrefix(output.GetSpan(AesFormat.PrefixLength), key);
        output.Advance(AesFormat.PrefixLength);
        _dataLength = AesFormat.PrefixLength;
    }
}
