using Egress.Records.Roles;

namespace Egress.Downloads.Checksums;

/// <summary>Checksums that earlier downloads found, by the index of the object in the plan.</summary>
internal sealed class KnownChecksums
{
    /// <summary>CRC-32s.</summary>
    public ChecksumTable<uint> Crc32s { get; } = new();

    /// <summary>SHA-256 digests.</summary>
    public ChecksumTable<Sha256Digest> Sha256Digests { get; } = new();
}

/// <summary>Values by index, stored in blocks, so that a million of them take a few bytes each and no large array.</summary>
internal sealed class ChecksumTable<T>
    where T : struct
{
    private const int BlockLength = 64;

    private readonly Dictionary<int, T?[]> _blocks = [];

    /// <summary>Adds a value.</summary>
    public void Add(int index, T value)
    {
        if (!_blocks.TryGetValue(index / BlockLength, out var block))
        {
            block = _blocks[index / BlockLength] = new T?[BlockLength];
        }

        block[index % BlockLength] = value;
    }

    /// <summary>Finds a value; null if there is none.</summary>
    public T? Find(int index) => _blocks.TryGetValue(index / BlockLength, out var block) ? block[index % BlockLength] : null;
}
