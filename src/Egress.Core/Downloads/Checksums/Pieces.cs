using Egress.Zip.Format;

namespace Egress.Downloads.Checksums;

/// <summary>A part of an object whose CRC-32 is known.</summary>
/// <param name="From">Offset of the first byte in the object.</param>
/// <param name="To">Offset after the last byte.</param>
/// <param name="Crc32">CRC-32 of these bytes.</param>
internal readonly record struct Piece(long From, long To, uint Crc32);

/// <summary>A part of an object that must be read to compute the CRC-32 of the whole object.</summary>
/// <param name="From">Offset of the first byte in the object.</param>
/// <param name="To">Offset after the last byte.</param>
/// <param name="Before">CRC-32 of the bytes between the previous gap and this one.</param>
internal readonly record struct Gap(long From, long To, uint Before);

/// <summary>The parts of one object whose CRC-32s are known, in order. Adjacent parts are combined into one. Immutable.</summary>
internal sealed class Pieces
{
    /// <summary>An object without known parts.</summary>
    public static readonly Pieces None = new([]);

    private readonly Piece[] _pieces;

    private Pieces(Piece[] pieces) => _pieces = pieces;

    /// <summary>Number of parts.</summary>
    public int Count => _pieces.Length;

    /// <summary>Offsets at which a part begins or ends. A piece that ends there can be combined with the known ones.</summary>
    public IEnumerable<long> Borders => _pieces.SelectMany(static piece => new[] { piece.From, piece.To });

    /// <summary>Returns the CRC-32 of the whole object; null unless all of its parts are known.</summary>
    /// <param name="size">Size of the object.</param>
    public uint? Whole(long size) => _pieces is [{ From: 0 } only] && only.To == size ? only.Crc32 : null;

    /// <summary>
    /// Returns these parts with one part added. Of overlapping parts only the longer one is kept, because the CRC-32 of the difference is not known.
    /// </summary>
    public Pieces With(Piece added)
    {
        var overlapping = _pieces.Where(piece => Math.Max(piece.From, added.From) < Math.Min(piece.To, added.To)).ToList();
        if (added.From >= added.To || overlapping.Sum(static piece => piece.To - piece.From) >= added.To - added.From)
        {
            return this;
        }

        var merged = new List<Piece>(_pieces.Length + 1);
        foreach (var piece in _pieces.Except(overlapping).Append(added).OrderBy(static piece => piece.From))
        {
            if (merged.Count > 0 && merged[^1].To == piece.From)
            {
                var crc = CrcCombination.Combine(merged[^1].Crc32, piece.Crc32, piece.To - piece.From);
                merged[^1] = new Piece(merged[^1].From, piece.To, crc);
            }
            else
            {
                merged.Add(piece);
            }
        }

        return new Pieces([.. merged]);
    }

    /// <summary>Returns the gaps that must be read to compute the CRC-32 of the whole object.</summary>
    /// <param name="size">Size of the object.</param>
    /// <returns>The gaps in order, and the CRC-32 of the bytes after the last gap.</returns>
    public (IReadOnlyList<Gap> Gaps, uint After) GapsIn(long size)
    {
        var gaps = new List<Gap>();
        var (end, before) = (0L, 0u);
        foreach (var piece in _pieces)
        {
            if (piece.From > end)
            {
                gaps.Add(new Gap(end, piece.From, before));
            }

            (end, before) = (piece.To, piece.Crc32);
        }

        if (end < size)
        {
            gaps.Add(new Gap(end, size, before));
            before = 0;
        }

        return (gaps, before);
    }

    /// <summary>Whether the known parts cover all bytes before an offset without a gap.</summary>
    public bool Cover(long to) => to <= 0 || (_pieces is [{ From: 0 } first, ..] && first.To >= to);
}
