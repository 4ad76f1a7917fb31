using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>
/// Splits an archive into parts. A boundary inside an entry is moved back to the end of the previous entry if that is near. The content of an object
/// that the storage can copy gets its own parts.
/// </summary>
internal sealed class PartCutter
{
    /// <summary>The smallest object, in bytes, for which a copy request is worthwhile.</summary>
    private const long LeastCopy = 8L << 20;

    /// <summary>The smallest size of copied parts in bytes. It may exceed the size of other parts, because a copied part takes no memory.</summary>
    private const long LeastCopiedPart = 64L << 20;

    /// <summary>The largest size of copied parts in bytes, unless the part size is larger.</summary>
    private const long LargestCopiedPart = 256L << 20;

    /// <summary>The number of parts of a large object. More parts would not be copied faster, and each takes a request and several statements.</summary>
    private const int LeastCopies = 32;

    private readonly List<long> _ends = [];
    private readonly Dictionary<int, ObjectContent> _contents = [];
    private readonly UploadLimits _limits;
    private readonly long _partSize;
    private readonly long _slack;
    private long _from;
    private long _border;
    private long _entryEnd;
    private bool _cutsUnversioned;

    private PartCutter(long partSize, UploadLimits limits)
    {
        (_limits, _partSize, _border) = (limits, partSize, partSize);
        _slack = Math.Min(partSize / 4, partSize - limits.LeastPartSize);
    }

    /// <summary>The largest part, in bytes, that Egress reads into memory (not copies), whatever the limits of the storage.</summary>
    public static int MostOfUsualPart(long partSize) => (int)Math.Max(partSize + (partSize / 4), 2 * ExportOptions.LeastPartSize);

    /// <summary>Splits an archive. The same archive, size and limits give the same parts in every process.</summary>
    /// <param name="manifest">The archive, whose bytes are the same each time.</param>
    /// <param name="partSize">The part size in bytes. It is large enough for the storage's limit on the number of parts.</param>
    /// <param name="limits">The limits of the storage.</param>
    /// <returns>
    /// The parts; null if the archive contains an object without a validator. Parts with its content would be read at different times, and could come
    /// from different versions.
    /// </returns>
    public static ExportPartList? Cut(ArchiveManifest manifest, long partSize, UploadLimits limits)
    {
        // Each copied object adds up to two parts to the upload. If the number of parts is too large, only larger objects are copied.
        for (var leastCopy = limits.LargestCopy > 0 ? LeastCopy : long.MaxValue; ; leastCopy = leastCopy > long.MaxValue / 4 ? long.MaxValue : leastCopy * 4)
        {
            var cutter = new PartCutter(partSize, limits);
            cutter.CutEntries(manifest, leastCopy);
            if (cutter._cutsUnversioned)
            {
                return null;
            }

            if (cutter._ends.Count <= limits.MostParts || leastCopy == long.MaxValue)
            {
                return new ExportPartList([.. cutter._ends], cutter._contents);
            }
        }
    }

    private void CutEntries(ArchiveManifest manifest, long leastCopy)
    {
        var (index, start, record) = (0, 0L, manifest.Layout.DirectoryOffset);
        foreach (var planned in manifest.EntriesFromBlock(0))
        {
            var extent = manifest.Layout.ExtentOf(planned.Entry, start, record);
            if (planned.Size >= leastCopy && planned is { Content: null, IsChecksumFile: false, HasStrongETag: true })
            {
                TryCopy(new ObjectContent(planned, index, extent.DataStart), extent.DataEnd, leastCopy, MostOf(planned));
            }

            ReachEnd(extent.End);
            _cutsUnversioned |= planned is { Content: null, IsChecksumFile: false, HasStrongETag: false, Size: > 0 } && _from > extent.DataStart && _from < extent.End;
            (index, start, record) = (index + 1, extent.End, extent.RecordEnd);
        }

        Reach(manifest.Layout.Length!.Value);
        if (_from < manifest.Layout.Length)
        {
            Cut(manifest.Layout.Length.Value);
        }
    }

    /// <summary>Adds the part boundaries up to an offset. A boundary is at the end of an entry if one is near.</summary>
    private void Reach(long offset)
    {
        for (; _border < offset; _border += _partSize)
        {
            Cut(_entryEnd > Math.Max(_border - _slack, _from) ? _entryEnd : _border);
        }
    }

    private void ReachEnd(long entryEnd)
    {
        Reach(entryEnd);
        _entryEnd = entryEnd;
    }

    /// <summary>
    /// The largest part of an object in bytes. An object without a known checksum is limited to the part size, because its parts may have to be read
    /// into memory.
    /// </summary>
    private long MostOf(PlannedObject planned) =>
        Math.Min(planned.Entry.KnownCrc32 is null ? _partSize : Math.Max(_partSize, Math.Clamp(planned.Size / LeastCopies, LeastCopiedPart, LargestCopiedPart)), _limits.LargestCopy);

    /// <summary>
    /// Splits the content of an object into parts. If the part before it would be smaller than the storage accepts, the beginning of the content
    /// belongs to that part.
    /// </summary>
    private void TryCopy(ObjectContent content, long dataEnd, long leastCopy, long most)
    {
        Reach(content.DataStart);
        var from = content.DataStart == _from ? _from : Math.Max(content.DataStart, _from + _limits.LeastPartSize);
        var length = dataEnd - from;
        if (length < Math.Max(leastCopy / 2, _limits.LeastPartSize))
        {
            return;
        }

        if (from > _from)
        {
            Cut(from);
        }

        var count = Math.Max(1, Math.Min((length + most - 1) / most, length / _limits.LeastPartSize));
        for (var i = 1; i <= count; i++)
        {
            _contents[_ends.Count + 1] = content;
            Cut(from + (long)((Int128)length * i / count));
        }

        _border = _from + _partSize;
    }

    private void Cut(long end)
    {
        _ends.Add(end);
        _from = end;
    }
}
