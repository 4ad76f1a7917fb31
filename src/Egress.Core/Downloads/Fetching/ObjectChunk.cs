using System.Buffers;
using System.IO.Pipelines;
using Egress.Backends;
using Egress.Limits;
using Egress.Storage;

namespace Egress.Downloads.Fetching;

/// <summary>A part of an object that is read with one request: the whole object, or one range of a large remote one.</summary>
/// <param name="Object">The object.</param>
/// <param name="Offset">Offset of its first byte in the object.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="IsLast">Whether this is the last chunk of the object.</param>
/// <param name="FindsVersion">
/// Whether the version of the object is taken from the response of the storage, because the later chunks must be of that version.
/// </param>
internal readonly record struct ObjectChunk(PlannedObject Object, long Offset, long Length, bool IsLast, bool FindsVersion = false)
{
    /// <summary>
    /// The divisor that gives the smallest share of a memory segment that is used for a read. Less free memory at the end of a segment is not used, because the
    /// read would be short.
    /// </summary>
    private const int SmallestShare = 8;

    /// <summary>
    /// The size up to which an object of unknown version is read with one request, in bytes. Waiting for the version would take as long as reading such an
    /// object.
    /// </summary>
    public const long LargestUnsplit = 2 << 20;

    /// <summary>Whether the chunk is short enough to be held in memory.</summary>
    public bool IsBuffered => Length <= ChunkSize.Largest;

    /// <summary>The memory that the buffered chunk takes from a budget, in bytes.</summary>
    public long BufferedSize => Math.Max(Length, ChunkBuffers.Smallest);

    /// <summary>Opens the chunk at the storage.</summary>
    /// <exception cref="BackendException">The storage failed, or the object has changed since it was planned.</exception>
    public async ValueTask<OpenedObject> OpenAsync(IObjectStorage storage, CancellationToken cancellationToken)
    {
        if (Object.Content is { } content)
        {
            var bytes = new ReadOnlySequence<byte>(content.Slice((int)Offset, (int)Length));
            return new OpenedObject(new ObjectProperties(Object.Location, Object.Size), PipeReader.Create(bytes).AsStream());
        }

        var whole = Offset == 0 && Length == Object.Size;
        var range = new ObjectRange(Offset, whole ? null : Length, Object.ETag);
        var opened = await storage.OpenAsync(Object.Location, range, cancellationToken)
            ?? throw new BackendException(Backend.Storage, BackendFault.Changed, $"The object '{Object.Location.Key}' does not exist.")
            {
                IsObjectMissing = true,
            };
        if (opened.Properties.Size == Object.Size)
        {
            return opened;
        }

        await opened.DisposeAsync();
        throw Changed($"has {opened.Properties.Size} bytes, not {Object.Size} as it was declared or looked up");
    }

    /// <summary>Reads the chunk into memory. Bytes that have arrived can be read at any time.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="buffers">The memory.</param>
    /// <param name="cancellationToken">Cancels the fetch.</param>
    /// <returns>A stream that returns the bytes as they arrive, and a task that completes when the object is open. Both throw if the object cannot be
    /// read.</returns>
    public (Stream Content, Task<OpenedObject> Opened, Task Fetch) Buffer(IObjectStorage storage, ChunkBuffers buffers, CancellationToken cancellationToken)
    {
        var options = buffers.For(Length);
        var pipe = new Pipe(options);
        var opening = OpenAsync(storage, cancellationToken).AsTask();
        return (pipe.Reader.AsStream(), opening, FetchAsync(opening, pipe.Writer, options.MinimumSegmentSize / SmallestShare, cancellationToken));
    }

    private async Task FetchAsync(Task<OpenedObject> opening, PipeWriter buffer, int smallestRead, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var source = await opening;
            await using (source)
            {
                // Reading stops at the expected length and not at the end that the source reports, because that read would need another segment. The
                // size was checked when the object was opened.
                for (long left = Length, read = 1; left > 0 && read > 0; left -= read)
                {
                    var room = buffer.GetMemory((int)Math.Min(left, smallestRead));
                    room = room[..(int)Math.Min(left, room.Length)];
                    read = await source.Content.ReadAsync(room, cancellationToken);
                    buffer.Advance((int)read);
                    await buffer.FlushAsync(cancellationToken);
                }
            }
        }
        catch (Exception e)
        {
            // The reader of the buffer throws this failure later.
            failure = e;
        }

        await buffer.CompleteAsync(failure);
    }

    private BackendException Changed(string how) => new(Backend.Storage, BackendFault.Changed, $"The object '{Object.Location.Key}' {how}.");
}
