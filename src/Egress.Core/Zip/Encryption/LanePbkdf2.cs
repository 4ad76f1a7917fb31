using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Egress.Zip.Format;

namespace Egress.Zip.Encryption;

/// <summary>
/// Derives several keys at once with PBKDF2 (RFC 8018, 5.2) over HMAC-SHA1. Each lane of a vector computes one block of one key, because the blocks of a key do
/// not depend on each other. The result equals that of <see cref="Rfc2898DeriveBytes"/>.
/// </summary>
internal static class LanePbkdf2
{
    /// <summary>Length of a salt in bytes. Salt and block number together are as long as a hash, so all messages of HMAC have the same length.</summary>
    public const int SaltLength = AesFormat.SaltLength;

    private const int BlocksPerKey = 4;
    private const int HashLength = LaneSha1.HashWords * sizeof(uint);
    private const int BlockLength = LaneSha1.BlockWords * sizeof(uint);

    /// <summary>The largest number of keys that one call derives.</summary>
    public const int KeysAtOnce = LaneSha1.Lanes / BlocksPerKey;

    /// <summary>Derives one key for each salt.</summary>
    /// <param name="password">The password, in bytes.</param>
    /// <param name="salts">At most <see cref="KeysAtOnce"/> salts of <see cref="SaltLength"/> bytes.</param>
    /// <param name="iterations">The number of iterations, at least 1.</param>
    /// <param name="keys">Receives one key for each salt, each of at most 80 bytes.</param>
    public static void Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte[]> salts, int iterations, ReadOnlySpan<byte[]> keys)
    {
        Span<Vector512<uint>> hash = stackalloc Vector512<uint>[LaneSha1.HashWords];
        Span<Vector512<uint>> result = stackalloc Vector512<uint>[LaneSha1.HashWords];
        Span<Vector512<uint>> block = stackalloc Vector512<uint>[LaneSha1.BlockWords];
        var (inner, outer) = Begin(password, block);
        LoadSalts(salts, hash);
        for (var i = 0; i < iterations; i++)
        {
            Continue(inner, hash, block);
            Continue(outer, hash, block);
            for (var word = 0; word < hash.Length; word++)
            {
                result[word] = i == 0 ? hash[word] : result[word] ^ hash[word];
            }
        }

        Store(result, keys);
        hash.Clear();
        result.Clear();
        block.Clear();
    }

    /// <summary>Computes the inner and outer state of HMAC after the block of the password (RFC 2104, 2), with which the hash of each message starts.</summary>
    private static (LaneSha1 Inner, LaneSha1 Outer) Begin(ReadOnlySpan<byte> password, Span<Vector512<uint>> block)
    {
        Span<byte> key = stackalloc byte[BlockLength];
        key.Clear();
        if (password.Length <= BlockLength)
        {
            password.CopyTo(key);
        }
        else
        {
#pragma warning disable CA5350 // The format prescribes HMAC-SHA1.
            SHA1.HashData(password, key);
#pragma warning restore CA5350
        }

        var states = (Begin(key, 0x36363636, block), Begin(key, 0x5C5C5C5C, block));
        CryptographicOperations.ZeroMemory(key);
        return states;
    }

    private static LaneSha1 Begin(ReadOnlySpan<byte> key, uint pad, Span<Vector512<uint>> block)
    {
        for (var i = 0; i < block.Length; i++)
        {
            block[i] = Vector512.Create(BinaryPrimitives.ReadUInt32BigEndian(key[(i * sizeof(uint))..]) ^ pad);
        }

        var state = LaneSha1.Initial();
        state.Append(block);
        return state;
    }

    /// <summary>
    /// Hashes a message that is as long as a hash, starting with a state that already contains one block. The message is replaced by its hash.
    /// </summary>
    private static void Continue(LaneSha1 state, Span<Vector512<uint>> hash, Span<Vector512<uint>> block)
    {
        hash.CopyTo(block);
        block[LaneSha1.HashWords..].Clear();
        block[LaneSha1.HashWords] = Vector512.Create(0x80000000u);
        block[^1] = Vector512.Create((uint)(BlockLength + HashLength) * 8);
        state.Append(block);
        state.CopyTo(hash);
    }

    private static void LoadSalts(ReadOnlySpan<byte[]> salts, Span<Vector512<uint>> hash)
    {
        Span<uint> words = stackalloc uint[LaneSha1.Lanes];
        words.Clear();
        for (var word = 0; word < hash.Length - 1; word++)
        {
            for (var lane = 0; lane < salts.Length * BlocksPerKey; lane++)
            {
                words[lane] = BinaryPrimitives.ReadUInt32BigEndian(salts[lane / BlocksPerKey].AsSpan(word * sizeof(uint)));
            }

            hash[word] = Vector512.Create<uint>(words);
        }

        // The block number, which starts with 1 (RFC 8018, 5.2).
        for (var lane = 0; lane < words.Length; lane++)
        {
            words[lane] = (uint)(lane % BlocksPerKey) + 1;
        }

        hash[^1] = Vector512.Create<uint>(words);
    }

    private static void Store(Span<Vector512<uint>> result, ReadOnlySpan<byte[]> keys)
    {
        Span<uint> words = stackalloc uint[LaneSha1.HashWords * LaneSha1.Lanes];
        for (var word = 0; word < result.Length; word++)
        {
            result[word].CopyTo(words[(word * LaneSha1.Lanes)..]);
        }

        Span<byte> bytes = stackalloc byte[BlocksPerKey * HashLength];
        for (var key = 0; key < keys.Length; key++)
        {
            for (var i = 0; i < bytes.Length / sizeof(uint); i++)
            {
                var (block, word) = Math.DivRem(i, LaneSha1.HashWords);
                BinaryPrimitives.WriteUInt32BigEndian(bytes[(i * sizeof(uint))..], words[(word * LaneSha1.Lanes) + (key * BlocksPerKey) + block]);
            }

            bytes[..keys[key].Length].CopyTo(keys[key]);
        }

        words.Clear();
        bytes.Clear();
    }
}
