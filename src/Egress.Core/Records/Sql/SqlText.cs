using System.Data.Common;
using System.Text;
using Egress.Backends;
using Egress.Packing;
using Egress.Records.Json;

namespace Egress.Records.Sql;

/// <summary>Reads the text or JSON of a column in pieces, as UTF-8.</summary>
internal sealed class SqlText : IDisposable
{
    /// <summary>The largest number of bytes of one character in UTF-8.</summary>
    public const int LongestCharacter = 4;

    private readonly RecordPlace _place;
    private readonly Stream? _bytes;
    private readonly TextReader? _text;
    private readonly Encoder _encoder = PackWriter.Strict.GetEncoder();
    private readonly char[] _chars = new char[4096];
    private int _position;
    private int _count;
    private bool _hasEnded;

    private SqlText(RecordPlace place, Stream? bytes, TextReader? text) => (_place, _bytes, _text) = (place, bytes, text);

    /// <summary>Opens a column that is not null. No other column of the row may be read before the result is disposed.</summary>
    /// <exception cref="BackendException">The column has another type.</exception>
    public static SqlText Open(DbDataReader reader, int ordinal, SqlDialect dialect, RecordPlace place)
    {
        try
        {
            var type = reader.GetFieldType(ordinal);
            if (type == typeof(string))
            {
                return new SqlText(place, null, dialect.OpenText(reader, ordinal));
            }

            if (type == typeof(byte[]))
            {
                return new SqlText(place, reader.GetStream(ordinal), null);
            }
        }
        catch (InvalidCastException exception)
        {
            throw OtherType(reader, ordinal, place, exception);
        }

        throw OtherType(reader, ordinal, place, null);
    }

    /// <summary>Reads the next bytes.</summary>
    /// <param name="buffer">The buffer, with at least <see cref="LongestCharacter"/> bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The number of bytes; zero at the end.</returns>
    /// <exception cref="BackendException">The text is not valid Unicode.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_bytes is not null)
        {
            return await _bytes.ReadAsync(buffer, cancellationToken);
        }

        while (true)
        {
            if (_position == _count && !_hasEnded)
            {
                (_position, _count) = (0, await _text!.ReadAsync(_chars.AsMemory(), cancellationToken));
                _hasEnded = _count == 0;
            }

            var written = Encode(buffer.Span);
            if (written > 0 || _hasEnded)
            {
                return written;
            }
        }
    }

    /// <summary>Reads the whole text, which must not be longer than <see cref="RecordLimits.MaxText"/>.</summary>
    /// <exception cref="BackendException">The text is too long, or not valid Unicode.</exception>
    public async ValueTask<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[512];
        var held = 0;
        while (await ReadAsync(buffer.AsMemory(held), cancellationToken) is > 0 and var count)
        {
            held += count;
            if (held > RecordLimits.MaxText)
            {
                throw _place.Unreadable($"is longer than {RecordLimits.MaxText} bytes");
            }

            if (buffer.Length - held < LongestCharacter)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }

        try
        {
            return PackWriter.Strict.GetString(buffer, 0, held);
        }
        catch (DecoderFallbackException exception)
        {
            throw _place.Unreadable("is not UTF-8", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes?.Dispose();
        _text?.Dispose();
    }

    private int Encode(Span<byte> buffer)
    {
        try
        {
            _encoder.Convert(_chars.AsSpan(_position, _count - _position), buffer, _hasEnded, out var used, out var written, out _);
            _position += used;
            return written;
        }
        catch (EncoderFallbackException exception)
        {
            throw _place.Unreadable("is not valid Unicode", exception);
        }
    }

    private static BackendException OtherType(DbDataReader reader, int ordinal, RecordPlace place, Exception? cause) =>
        place.Unreadable($"has the type {reader.GetDataTypeName(ordinal)}; it must be text or JSON", cause);
}
