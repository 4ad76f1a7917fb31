using Egress.Limits;
using Egress.Zip.Deflate;
using Egress.Zip.Writing;

namespace Egress.Zip;

/// <summary>How an archive is written.</summary>
internal sealed record ZipOptions
{
    /// <summary>The compression level: -1 for the default (4), 0 to store all entries, or 1 (fastest) to 9 (smallest).</summary>
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

    /// <summary>The password with which all entries are encrypted (WinZip AE-2 with AES-256); null or empty for no encryption.</summary>
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

    /// <summary>The limits from which ZIP64 is used. Only tests lower them.</summary>
    internal Zip64Limits Zip64 { get; init; } = Zip64Limits.Default;

    /// <summary>
    /// The size of the smallest entry that is compressed on several cores, in bytes. Such an entry has two blocks after the first 64 KiB, which are compressed
    /// alone to see whether compression is worthwhile. Only tests lower it.
    /// </summary>
    internal long SmallestParallelEntry { get; init; } =
        Environment.ProcessorCount > 1 ? StoredEntryWriter.HeadLength + (2 * DeflatedEntryWriter.SmallestBlock) : long.MaxValue;

    /// <summary>
    /// The largest block of an entry that is compressed on several cores, in bytes. Together with its dictionary it takes one MiB. Only tests lower it.
    /// </summary>
    internal int BlockLength { get; init; } = (1 << 20) - DeflateBlock.WindowLength;

    /// <summary>The limits that all archives of a process share. If they are not set, the archive has limits of its own.</summary>
    internal ProcessLimits Limits { get => field ??= new(); init; }

    /// <summary>Whether entries are encrypted.</summary>
    internal bool Encrypts => !string.IsNullOrEmpty(Password);

    /// <summary>The level that is passed to zlib. The default is 4, because it saves almost as much as level 6 in little more than half of the time.</summary>
    internal int EffectiveLevel => CompressionLevel < 0 ? 4 : CompressionLevel;

    /// <summary>Describes the options without the password.</summary>
    public override string ToString() => $"{nameof(ZipOptions)} {{ {nameof(CompressionLevel)} = {CompressionLevel}, Encrypts = {Encrypts} }}";
}

/// <summary>The smallest values that do not fit into the 16-bit and 32-bit fields (APPNOTE 4.4.1.4). These fields then have all bits set.</summary>
/// <param name="Bytes">The limit of sizes and offsets.</param>
/// <param name="Entries">The limit of the number of entries.</param>
internal sealed record Zip64Limits(long Bytes, int Entries)
{
    /// <summary>The limits of the ZIP format.</summary>
    public static Zip64Limits Default { get; } = new(uint.MaxValue, ushort.MaxValue);
}
