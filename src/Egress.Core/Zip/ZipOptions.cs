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

    /// <summary>The number of bytes that are collected before they are flushed to the output.</summary>
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

    /// <summary>The limits at which ZIP64 begins. Only tests lower them.</summary>
    internal Zip64Limits Zip64 { get; init; } = Zip64Limits.Default;

    /// <summary>The smallest entry that is compressed on several cores, in bytes. It has two blocks after its head. Only tests lower it.</summary>
    internal long SmallestParallelEntry { get; init; } =
        Environment.ProcessorCount > 1 ? StoredEntryWriter.HeadLength + (2 * DeflatedEntryWriter.SmallestBlock) : long.MaxValue;

    /// <summary>The largest block of such an entry. Together with the dictionary it is one MiB. Only tests lower it.</summary>
    internal int BlockLength { get; init; } = (1 << 20) - DeflateBlock.WindowLength;

    /// <summary>The limits that the archives of a process share. An archive without them has its own limits.</summary>
    internal ProcessLimits Limits { get => field ??= new(); init; }

    /// <summary>Whether entries are encrypted.</summary>
    internal bool Encrypts => !string.IsNullOrEmpty(Password);

    /// <summary>The level for zlib. Level 4 saves almost as much as level 6 in little more than half of the time.</summary>
    internal int EffectiveLevel => CompressionLevel < 0 ? 4 : CompressionLevel;

    /// <summary>Describes the options without the password.</summary>
    public override string ToString() => $"{nameof(ZipOptions)} {{ {nameof(CompressionLevel)} = {CompressionLevel}, Encrypts = {Encrypts} }}";
}

/// <summary>The smallest values that do not fit into the 16-bit and 32-bit fields (APPNOTE 4.4.1.4). These fields then have all bits set.</summary>
/// <param name="Bytes">Sizes and offsets.</param>
/// <param name="Entries">Number of entries.</param>
internal sealed record Zip64Limits(long Bytes, int Entries)
{
    /// <summary>The limits of the format.</summary>
    public static Zip64Limits Default { get; } = new(uint.MaxValue, ushort.MaxValue);
}
