namespace Egress.Zip.Format;

/// <summary>The changes that WinZip's AE-2 with AES-256 makes to an entry.</summary>
/// <seealso href="https://www.winzip.com/en/support/aes-encryption/"/>
internal static class AesFormat
{
    /// <summary>The compression method in the headers of encrypted entries. The extra field has the actual method.</summary>
    public const ushort Method = 99;

    /// <summary>Bytes of the salt.</summary>
    public const int SaltLength = 16;

    /// <summary>Bytes of the password verifier.</summary>
    public const int VerifierLength = 2;

    /// <summary>Bytes before the data: salt and password verifier.</summary>
    public const int PrefixLength = SaltLength + VerifierLength;

    /// <summary>Bytes after the data: the truncated HMAC-SHA1.</summary>
    public const int SuffixLength = 10;

    /// <summary>Bytes that encryption adds to an entry.</summary>
    public const int Overhead = PrefixLength + SuffixLength;

    /// <summary>Writes the extra field 0x9901: AE-2, AES-256, and the method of the data before encryption.</summary>
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
