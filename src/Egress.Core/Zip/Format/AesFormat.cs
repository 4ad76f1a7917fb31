namespace Egress.Zip.Format;

/// <summary>The lengths and fields of entries that are encrypted with AES-256 according to WinZip's AE-2.</summary>
/// <seealso href="https://www.winzip.com/en/support/aes-encryption/"/>
internal static class AesFormat
{
    /// <summary>The compression method in the headers of encrypted entries. The actual method is in the extra field.</summary>
    public const ushort Method = 99;

    /// <summary>The length of the salt, in bytes.</summary>
    public const int SaltLength = 16;

    /// <summary>The length of the password verifier, in bytes.</summary>
    public const int VerifierLength = 2;

    /// <summary>The number of bytes before the data: salt and password verifier.</summary>
    public const int PrefixLength = SaltLength + VerifierLength;

    /// <summary>The number of bytes after the data: the truncated HMAC-SHA1.</summary>
    public const int SuffixLength = 10;

    /// <summary>The number of bytes that encryption adds to the data of an entry.</summary>
    public const int Overhead = PrefixLength + SuffixLength;

    /// <summary>Writes the extra field 0x9901, which contains AE-2, AES-256, and the actual compression method.</summary>
    public static void WriteExtra(ref LittleEndianWriter writer, ZipMethod method)
    {
        writer.UInt16(0x9901);
        writer.UInt16(7);
        writer.UInt16(2);
        writer.UInt16('A' | 'E' << 8);
        writer.UInt8(3);
        writer.UInt16((ushort)method);
    }
}
