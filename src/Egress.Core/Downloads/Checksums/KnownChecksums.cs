using Egress.Records.Roles;

namespace Egress.Downloads.Checksums;

/// <summary>Checksums that earlier downloads computed, by the index of the object in the plan.</summary>
internal sealed class KnownChecksums
{
    /// <summary>The CRC-32s of the objects.</summary>
    public ChecksumTable<uint> Crc32s { get; } = new();

    /// <summary>The SHA-256 digests of the objects.</summary>
    public ChecksumTable<Sha256Digest> Sha256Digests { get; } = new();
}

/// <summary>A table of values by index. It is allocated in blocks, so that few values take little memory and many need no large array.</summary>
internal sealed class ChecksumTable<T>
    where T : struct
{
    private const int BlockLength = 64;

    private readonly Dictionary<int, T?[]> _blocks = [];

    /// <summary>Sets the value at an index.</summary>
    public void Add(int index, T value)
    {
        if (!_blocks.TryGetValue(index / BlockLength, out var block))
        {
            block = _blocks[index / BlockLength] = new T?[BlockLength];
        }

        block[index % BlockLength] = value;
    }

    /// <summary>Returns the value at an index; null if there is none.</summary>
    public T? Find(int index) => _blocks.TryGetValue(index / BlockLength, out var block) ? block[index % BlockLength] : null;
}
