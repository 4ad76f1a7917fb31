using System.Buffers;
using System.Text.Json;
using Egress.Backends;

namespace Egress.Records.Json;

/// <summary>Reads UTF-8 into a buffer.</summary>
/// <returns>The number of bytes; zero at the end.</returns>
internal delegate ValueTask<int> ReadUtf8(Memory<byte> buffer, CancellationToken cancellationToken);

/// <summary>Reads the array <c>objects</c> of a record while the database sends it. Holds the JSON of one item at a time in memory.</summary>
internal static class RecordItemsStream
{
    private const int FirstBuffer = 16 << 10;

    /// <summary>
    /// The smallest free space in the buffer for a read, in bytes. A text is encoded in whole characters, so a read needs space for at least one.
    /// </summary>
    private const int LeastRoom = 16;

    /// <summary>The largest size of one item, including unknown members, in bytes.</summary>
    private const int MaxItem = 1 << 20;

    /// <summary>Reads the array.</summary>
    /// <param name="read">Reads the next bytes of the JSON.</param>
    /// <param name="parser">Parses the items.</param>
    /// <param name="place">The place of the array, for messages.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="BackendException">Malformed: the array is too large or has a wrong format.</exception>
    public static async Task ReadAsync(
        ReadUtf8 read, RecordItemsParser parser, RecordPlace place, RecordLimits limits, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var (held, total) = (0, 0L);
            while (!parser.HasMore)
            {
                if (buffer.Length - held < LeastRoom)
                {
                    buffer = Grow(buffer, held, place);
                }

                var count = await read(buffer.AsMemory(held), cancellationToken);
                (held, total) = (held + count, total + count);
                if (!limits.Allows(total))
                {
                    throw place.TooLarge(limits);
                }

                var consumed = Parse(parser, buffer.AsSpan(0, held), isLast: count == 0, place);
                buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
                held -= consumed;
                if (count == 0)
                {
                    return;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Parse(RecordItemsParser parser, ReadOnlySpan<byte> utf8, bool isLast, RecordPlace place)
    {
        try
        {
            return parser.Parse(utf8, isLast);
        }
        catch (JsonException exception)
        {
            throw RecordToken.NotJson(exception, place);
        }
    }

    private static byte[] Grow(byte[] full, int held, RecordPlace place)
    {
        if (full.Length >= MaxItem)
        {
            throw place.Unreadable($"has an item, or blanks, of more than {MaxItem} bytes");
        }

        var larger = ArrayPool<byte>.Shared.Rent(2 * full.Length);
        full.AsSpan(0, held).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }
}
