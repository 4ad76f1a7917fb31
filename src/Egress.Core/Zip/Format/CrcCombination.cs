namespace Egress.Zip.Format;

/// <summary>Computes the CRC-32 of concatenated bytes from the CRC-32s of their parts, without reading the bytes.</summary>
/// <remarks>
/// A CRC is the remainder of a polynomial over GF(2) modulo x^32 + x^26 + … + 1. Each following byte multiplies the remainder of the bytes before it
/// by x^8. So the first remainder is multiplied by x^(8 · length), and the second one is added. The inversions of CRC-32 at start and end cancel each
/// other. Coefficients are stored as in the CRC: the highest bit is x^0.
/// </remarks>
internal static class CrcCombination
{
    /// <summary>The polynomial without x^32.</summary>
    private const uint Polynomial = 0xEDB88320;

    /// <summary>1, which is x^0.</summary>
    private const uint One = 1u << 31;

    /// <summary>The number of bits of the largest length.</summary>
    private const int LengthBits = 63;

    /// <summary>The powers x^(8 · 2^i). The first is x^8, and each following one is the square of the previous one.</summary>
    private static readonly uint[] Powers = PowersOfX();

    /// <summary>Returns the CRC-32 of two concatenated sequences of bytes.</summary>
    /// <param name="first">CRC-32 of the first sequence; 0 for an empty one.</param>
    /// <param name="second">CRC-32 of the second sequence.</param>
    /// <param name="secondLength">Length of the second sequence in bytes.</param>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        var shifted = first;
        for (var (power, left) = (0, secondLength); left > 0; power++, left >>= 1)
        {
            shifted = (left & 1) == 0 ? shifted : Multiply(shifted, Powers[power]);
        }

        return shifted ^ second;
    }

    /// <summary>Returns the product of two polynomials, modulo the polynomial of the CRC.</summary>
    private static uint Multiply(uint a, uint b)
    {
        var product = 0u;
        for (var bit = One; bit != 0; bit >>= 1)
        {
            product ^= (a & bit) == 0 ? 0 : b;
            b = (b >> 1) ^ ((b & 1) == 0 ? 0 : Polynomial);
        }

        return product;
    }

    private static uint[] PowersOfX()
    {
        var powers = new uint[LengthBits];
        powers[0] = One >> 8;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        }

        return powers;
    }
}
