using System.Buffers.Binary;
using System.Globalization;

namespace Egress.Records.Roles;

/// <summary>A SHA-256 digest. It is a value type and not an array, because large archives have many digests.</summary>
internal readonly record struct Sha256Digest(UInt128 High, UInt128 Low)
{
    /// <summary>The length of a digest in bytes.</summary>
    public const int Length = 32;

    /// <summary>The length of a digest in hexadecimal digits.</summary>
    public const int TextLength = 2 * Length;

    private const int Half = Length / 2;

    /// <summary>Reads a digest from its bytes.</summary>
    public static Sha256Digest From(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[Half..]));

    /// <summary>Reads a digest from its hexadecimal digits.</summary>
    /// <returns>The digest; null if the text is not <see cref="TextLength"/> hexadecimal digits.</returns>
    public static Sha256Digest? TryParse(ReadOnlySpan<char> text) =>
        text.Length == TextLength && TryParseHalf(text[..Length], out var high) && TryParseHalf(text[Length..], out var low) ? new(high, low) : null;

    /// <summary>Copies the bytes of the digest.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[Half..], Low);
    }

    /// <summary>The hexadecimal digits, in lower case.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x32}{Low:x32}");

    private static bool TryParseHalf(ReadOnlySpan<char> text, out UInt128 half) =>
        UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out half);
}
