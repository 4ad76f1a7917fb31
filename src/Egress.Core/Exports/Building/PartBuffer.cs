using Egress.Limits;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>Gathers the bytes of an archive in memory and uploads each full part. The last part is uploaded by <see cref="CompleteAsync"/>.</summary>
/// <param name="uploads">The storage.</param>
/// <param name="upload">The upload.</param>
/// <param name="first">The part that the first byte belongs to.</param>
/// <param name="memory">Memory for a part; belongs to this.</param>
/// <param name="uploadedPart">Called after each part that was uploaded, with its length.</param>
/// <param name="beforePart">Called before each part is uploaded, with the offset of its end; may throw.</param>
internal sealed class PartBuffer(
    IObjectUploads uploads, ObjectUpload upload, PartPlace first, PartMemory.Lease memory, Func<UploadedPart, long, Task> uploadedPart, Action<long>? beforePart) : WriteOnlyStream
{
    private PartPlace _place = first;
    private int _length;

    /// <summary>Bytes that were uploaded or wait to be, and where the next one is in the archive.</summary>
    public long End => _place.Offset + _length;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (_length == memory.Memory.Length)
            {
                await UploadAsync(cancellationToken);
            }

            var count = Math.Min(buffer.Length, memory.Memory.Length - _length);
            buffer[..count].CopyTo(memory.Memory[_length..]);
            (_length, buffer) = (_length + count, buffer[count..]);
        }
    }

    /// <summary>Uploads what is left.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => _length > 0 ? UploadAsync(cancellationToken) : default;

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException("Write asynchronously.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            memory.Dispose();
        }

        base.Dispose(disposing);
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
