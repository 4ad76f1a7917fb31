using System.Buffers;
using System.IO.Pipelines;
using Egress.Limits;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>
/// Collects the bytes of an archive in the memory of a part, and uploads each full part. Content is read directly into that memory.
/// <see cref="EndAsync"/> uploads the last part.
/// </summary>
/// <param name="uploads">The storage that receives the parts.</param>
/// <param name="upload">The upload.</param>
/// <param name="first">The number and offset of the first part to upload.</param>
/// <param name="memory">Memory for a part, which the buffer disposes.</param>
/// <param name="uploadedPart">Called after each uploaded part, with its length in bytes.</param>
/// <param name="beforePart">Called before each part is uploaded, with the offset of its end; may throw.</param>
internal sealed class PartBuffer(
    IObjectUploads uploads, ObjectUpload upload, PartPlace first, PartMemory.Lease memory, Func<UploadedPart, long, Task> uploadedPart, Action<long>? beforePart) : PipeWriter, IDisposable
{
    private PartPlace _place = first;
    private int _length;

    /// <summary>The bytes that exceed the current part, until the next flush.</summary>
    private byte[] _over = [];
    private int _overLength;
    private bool _isOver;

    /// <summary>The offset in the archive of the next byte to write. All earlier bytes are uploaded or buffered.</summary>
    public long End => _place.Offset + _length + _overLength;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var rest = memory.Memory[_length..];
        _isOver = _overLength > 0 || rest.Length < Math.Max(sizeHint, 1);
        return _isOver ? GetOver(Math.Max(sizeHint, 1)) : rest;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (_isOver)
        {
            _overLength += bytes;
        }
        else
        {
            _length += bytes;
        }
    }

    /// <summary>Uploads the part once it is full and further bytes were written.</summary>
    /// <inheritdoc/>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        for (var from = 0; from < _overLength;)
        {
            if (_length == memory.Memory.Length)
            {
                await UploadAsync(cancellationToken);
            }

            var count = Math.Min(_overLength - from, memory.Memory.Length - _length);
            _over.AsSpan(from, count).CopyTo(memory.Memory.Span[_length..]);
            (_length, from) = (_length + count, from + count);
        }

        _overLength = 0;
        return default;
    }

    /// <summary>Uploads the buffered bytes as the last part.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        if (_length > 0)
        {
            await UploadAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
    }

    /// <summary>Does nothing. <see cref="EndAsync"/> uploads the last part, and is called only if the archive was written without a failure.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memory.Dispose();
        ArrayPool<byte>.Shared.Return(_over);
        _over = [];
    }

    private Memory<byte> GetOver(int length)
    {
        if (_over.Length - _overLength < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_overLength + length);
            _over.AsSpan(0, _overLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_over);
            _over = larger;
        }

        return _over.AsMemory(_overLength);
    }

    private async ValueTask UploadAsync(CancellationToken cancellationToken)
    {
        var next = new PartPlace(_place.Number + 1, _place.Offset + _length);
        beforePart?.Invoke(next.Offset);
        var part = await uploads.PutPartAsync(upload, _place, memory.Memory[.._length], cancellationToken);
        await uploadedPart(part, _length);
        (_place, _length) = (next, 0);
    }
}
