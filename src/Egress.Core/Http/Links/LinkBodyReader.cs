using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Records;

namespace Egress.Http.Links;

/// <summary>
/// Reads the body of a request for a link while it arrives. Memory holds one field or one item of <c>objects</c> at a time, and the objects in packed
/// form.
/// </summary>
internal static class LinkBodyReader
{
    private const int FirstBuffer = 16 << 10;

    /// <summary>The largest size of one item of <c>objects</c>, or of another field, in bytes.</summary>
    private const int MaxMember = 1 << 20;

    /// <summary>Reads the body.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The body, or the problem with it.</returns>
    public static async Task<(LinkBody Body, Problem? Problem)> ReadAsync(Stream stream, RecordLimits limits, CancellationToken cancellationToken)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var parser = new LinkBodyParser(limits.MaxObjects);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var (held, total) = (0, 0L);
            while (!parser.IsOver)
            {
                if (held == buffer.Length && !TryGrow(ref buffer))
                {
                    return (parser.Body, ProblemTable.InvalidRequest([new FieldError("", $"has an item, a field or blanks of more than {MaxMember} bytes")]));
                }

                var count = await stream.ReadAsync(buffer.AsMemory(held), cancellationToken);
                digest.AppendData(buffer, held, count);
                (held, total) = (held + count, total + count);
                if (!limits.Allows(total))
                {
                    return (parser.Body, ProblemTable.BodyTooLarge(limits.MaxSize));
                }

                var consumed = parser.Parse(buffer.AsSpan(0, held), isLast: count == 0);
                buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
                held -= consumed;
                if (count == 0)
                {
                    break;
                }
            }

            parser.Body.Digest = Convert.ToHexStringLower(digest.GetHashAndReset());
            return (parser.Body, null);
        }
        catch (JsonException exception)
        {
            return (parser.Body, ProblemTable.InvalidRequest([.. parser.Body.Errors, new FieldError("", $"is not valid JSON: {exception.Message.TrimEnd('.')}")]));
        }
        finally
        {
            // The buffer is cleared, because it may contain a password.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static bool TryGrow(ref byte[] full)
    {
        if (full.Length >= MaxMember)
        {
            return false;
        }

        var larger = ArrayPool<byte>.Shared.Rent(2 * full.Length);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full, clearArray: true);
        full = larger;
        return true;
    }
}
