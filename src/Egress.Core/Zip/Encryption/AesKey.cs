using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Egress.Zip.Format;

namespace Egress.Zip.Encryption;

/// <summary>
/// Salt and keys of one encrypted entry (WinZip AE-2, AES-256). A key is used for one entry only, because the counter always starts at 1.
/// </summary>
internal sealed class AesKey
{
    private const int KeyLength = 32;
    private const int Iterations = 1000;

    private readonly byte[] _salt = new byte[AesFormat.SaltLength];
    private readonly byte[] _derived = new byte[2 * KeyLength + AesFormat.VerifierLength];

    private AesKey() => RandomNumberGenerator.Fill(_salt);

    /// <summary>The salt, which precedes the data.</summary>
    public ReadOnlySpan<byte> Salt => _salt;

    /// <summary>The key of AES-256.</summary>
    public ReadOnlySpan<byte> Encryption => _derived.AsSpan(0, KeyLength);

    /// <summary>The key of HMAC-SHA1.</summary>
    public ReadOnlySpan<byte> Authentication => _derived.AsSpan(KeyLength, KeyLength);

    /// <summary>The password verifier, which detects most wrong passwords: one in 65,536 passes.</summary>
    public ReadOnlySpan<byte> Verifier => _derived.AsSpan(2 * KeyLength);

    /// <summary>Derives the number of keys that the processor derives in parallel, each with a new salt. A call takes about half a millisecond.</summary>
    /// <param name="password">The password in UTF-8.</param>
    public static AesKey[] DeriveSome(ReadOnlySpan<byte> password) => Vector256.IsHardwareAccelerated ? DeriveInLanes(password) : [DeriveAlone(password)];

    private static AesKey[] DeriveInLanes(ReadOnlySpan<byte> password)
    {
        var keys = new AesKey[LanePbkdf2.KeysAtOnce];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = new AesKey();
        }

        LanePbkdf2.Derive(
            password, Array.ConvertAll(keys, static key => key._salt), Iterations, Array.ConvertAll(keys, static key => key._derived));
        return keys;
    }

    private static AesKey DeriveAlone(ReadOnlySpan<byte> password)
    {
        var key = new AesKey();
#pragma warning disable CA5379 // The format prescribes SHA-1 and the number of iterations.
        Rfc2898DeriveBytes.Pbkdf2(password, key._salt, key._derived, Iterations, HashAlgorithmName.SHA1);
#pragma warning restore CA5379
        return key;
    }
}
