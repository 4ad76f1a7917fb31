using System.Text;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>
/// Packs objects: a byte that tells what there is (<see cref="PackedFields"/>), the bucket's index, then the fields, texts in UTF-8 behind their
/// length. Numbers have as many bytes as they need, seven bits in each. A name that is the key's end is a length.
/// </summary>
internal sealed class PlannedObjectPacker : IDisposable
{
    /// <summary>Nothing is replaced in silence: a key that is not Unicode would come back as another one.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;
    private readonly List<int> _starts = [];
    private readonly List<PackedObjects.Page> _pages = [];
    private readonly Dictionary<string, int> _bucketIndices = new(StringComparer.Ordinal);
    private readonly List<string> _buckets = [];
    private PlannedObject? _made;
    private int _count;

    public PlannedObjectPacker() => _writer = new BinaryWriter(_bytes, Strict);

    /// <summary>Takes the next object.</summary>
    /// <param name="planned">The object. Its size and that of its entry are the same; one with <see cref="PlannedObject.Content"/> is the last.</param>
    public void Add(PlannedObject planned)
    {
        _count++;
        if (planned.Content is not null)
        {
            _made = planned;
            return;
        }

        _starts.Add((int)_bytes.Position);
        Pack(planned);
        if (_starts.Count == PackedObjects.PageLength)
        {
            EndPage();
        }
    }

    /// <summary>All that was added.</summary>
    public PackedObjects ToList()
    {
        EndPage();
        return new PackedObjects(_pages, _buckets, _made, _count);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static PackedFields When(bool condition, PackedFields flag) => condition ? flag : PackedFields.None;

    private void Pack(PlannedObject planned)
    {
        var (key, entry) = (planned.Location.Key, planned.Entry);
        var hasOwnName = !key.EndsWith(entry.Name, StringComparison.Ordinal);
        _writer.Write((byte)(
            When(entry.Method == ZipMethod.Deflate, PackedFields.Deflate) | When(entry.Crc32 is not null, PackedFields.Crc32)
            | When(entry.StoredCrc32 is not null, PackedFields.StoredCrc32) | When(entry.Modified is not null, PackedFields.Modified)
            | When(planned.ETag is not null, PackedFields.ETag) | When(hasOwnName, PackedFields.OwnName)));
        _writer.Write7BitEncodedInt(BucketIndex(planned.Location.Bucket));
        _writer.Write(key);
        if (hasOwnName)
        {
            _writer.Write(entry.Name);
        }
        else
        {
            _writer.Write7BitEncodedInt(entry.Name.Length);
        }

        _writer.Write7BitEncodedInt64(planned.Size);
        PackKnown(planned, entry);
    }

    private void PackKnown(PlannedObject planned, ZipEntry entry)
    {
        if (entry.Crc32 is { } crc)
        {
            _writer.Write(crc);
        }

        if (entry.StoredCrc32 is { } storedCrc)
        {
            _writer.Write(storedCrc);
        }

        if (entry.Modified is { } modified)
        {
            _writer.Write(modified.UtcTicks);
        }

        if (planned.ETag is { } etag)
        {
            _writer.Write(etag);
        }
    }

    private int BucketIndex(string bucket)
    {
        if (!_bucketIndices.TryGetValue(bucket, out var index))
        {
            index = _buckets.Count;
            _bucketIndices.Add(bucket, index);
            _buckets.Add(bucket);
        }

        return index;
    }

    private void EndPage()
    {
        _pages.Add(new PackedObjects.Page(_bytes.ToArray(), [.. _starts]));
        _bytes.SetLength(0);
        _starts.Clear();
    }
}
