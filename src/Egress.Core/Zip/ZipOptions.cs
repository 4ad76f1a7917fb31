using Egress.Limits;
using Egress.Zip.Deflate;
using Egress.Zip.Writing;

namespace Egress.Zip;

/// <summary>How an archive is written.</summary>
internal sealed record ZipOptions
{
    /// <summary>-1 for the default (4), 0 stores everything, 1 (fast) to 9 (small).</summary>
    public int CompressionLevel
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 9);
            field = value;
        }
    } = -1;

    /// <summary>Encrypts every entry with AES-256 (WinZip AE-2); null or empty encrypts nothing.</summary>
    public string? Password { get; init; }

    /// <summary>How many bytes are gathered before they are flushed to the output.</summary>
    public int BufferSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 4 << 10);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16 << 20);
            field = value;
        }
    } = 64 << 10;

    /// <summary>Where ZIP64 begins; lowered by tests only.</summary>
    internal Zip64Limits Zip64 { get; init; } = Zip64Limits.Default;

    /// <summary>The smallest entry that is compressed on several cores, in bytes: after its head it has two blocks. Lowered by tests only.</summary>
    internal long SmallestParallelEntry { get; init; } =
        Environment.ProcessorCount > 1 ? StoredEntryWriter.HeadLength + (2 * DeflatedEntryWriter.SmallestBlock) : long.MaxValue;

    /// <summary>The largest block of such an entry: with the dictionary before it, a MiB. Lowered by tests only.</summary>
    internal int BlockLength { get; init; } = (1 << 20) - DeflateBlock.WindowLength;

    /// <summary>What the archives of a process share. Archives whose options leave it out have their own limits.</summary>
    internal ProcessLimits Limits { get => field ??= new(); init; }

    /// <summary>Whether entries are encrypted.</summary>
    internal bool Encrypts => !string.IsNullOrEmpty(Password);

    /// <summary>The level for zlib. Level 4 saves most of what level 6 does in little more than half of the time.</summary>
    internal int EffectiveLevel => CompressionLevel < 0 ? 4 : CompressionLevel;

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{nameof(ZipOptions)} {{ {nameof(CompressionLevel)} = {CompressionLevel}, Encrypts = {Encrypts} }}";
}

/// <summary>The smallest values that no longer fit the classic fields (APPNOTE 4.4.1.4): those fields then hold all ones.</summary>
/// <param name="Bytes">Sizes and offsets.</param>
/// <param name="Entries">Number of entries.</param>
internal sealed record Zip64Limits(long Bytes, int Entries)
{
    /// <summary>Those of the format.</summary>
    public static Zip64Limits Default { get; } = new(uint.MaxValue, ushort.MaxValue);
}
