using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Egress.Zip.Encryption;

/// <summary>
/// The compression function of SHA-1 (FIPS 180-4, 6.1.2) for sixteen blocks at once, one in each lane of a vector. On a processor with shorter
/// vectors, each operation takes several instructions.
/// </summary>
internal struct LaneSha1
{
    /// <summary>The number of blocks that are processed at a time.</summary>
    public const int Lanes = 16;

    /// <summary>The number of 32-bit words in a block.</summary>
    public const int BlockWords = 16;

    /// <summary>The number of 32-bit words in a hash.</summary>
    public const int HashWords = 5;

    private Vector512<uint> _a, _b, _c, _d, _e;

    /// <summary>Creates the state that precedes the first block.</summary>
    public static LaneSha1 Initial() => new()
    {
        _a = Vector512.Create(0x67452301u),
        _b = Vector512.Create(0xEFCDAB89u),
        _c = Vector512.Create(0x98BADCFEu),
        _d = Vector512.Create(0x10325476u),
        _e = Vector512.Create(0xC3D2E1F0u),
    };

    /// <summary>Copies the current hashes of all lanes.</summary>
    /// <param name="words">Receives <see cref="HashWords"/> words.</param>
    public readonly void CopyTo(Span<Vector512<uint>> words) => (words[0], words[1], words[2], words[3], words[4]) = (_a, _b, _c, _d, _e);

    /// <summary>Hashes the next block of each lane.</summary>
    /// <param name="block"><see cref="BlockWords"/> words, which are overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // unoptimized code of the first tier is many times slower, and would be used for the first archive
    public void Append(Span<Vector512<uint>> block)
    {
        var state = this;
        var w = block[..BlockWords];
        for (var i = 0; i < 16; i++)
        {
            Step(ref state, Vector512.ConditionalSelect(state._b, state._c, state._d), 0x5A827999, w[i]);
        }

        for (var i = 16; i < 20; i++)
        {
            Step(ref state, Vector512.ConditionalSelect(state._b, state._c, state._d), 0x5A827999, Next(w, i));
        }

        for (var i = 20; i < 40; i++)
        {
            Step(ref state, state._b ^ state._c ^ state._d, 0x6ED9EBA1, Next(w, i));
        }

        for (var i = 40; i < 60; i++)
        {
            Step(ref state, (state._b & (state._c | state._d)) | (state._c & state._d), 0x8F1BBCDC, Next(w, i));
        }

        for (var i = 60; i < 80; i++)
        {
            Step(ref state, state._b ^ state._c ^ state._d, 0xCA62C1D6, Next(w, i));
        }

        (_a, _b, _c, _d, _e) = (_a + state._a, _b + state._b, _c + state._c, _d + state._d, _e + state._e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Next(Span<Vector512<uint>> w, int i)
    {
        var word = RotateLeft(w[(i - 3) & 15] ^ w[(i - 8) & 15] ^ w[(i - 14) & 15] ^ w[i & 15], 1);
        w[i & 15] = word;
        return word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref LaneSha1 state, Vector512<uint> mixed, uint constant, Vector512<uint> word)
    {
        var next = RotateLeft(state._a, 5) + mixed + state._e + Vector512.Create(constant) + word;
        (state._e, state._d, state._c, state._b, state._a) = (state._d, state._c, RotateLeft(state._b, 30), state._a, next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> RotateLeft(Vector512<uint> words, [ConstantExpected] byte bits) =>
        Avx512F.IsSupported ? Avx512F.RotateLeft(words, bits) : (words << bits) | (words >>> (32 - bits));
}
