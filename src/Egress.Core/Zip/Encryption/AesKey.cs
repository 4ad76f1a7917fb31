using System.Security.Cryptography;

namespace Egress.Zip.Encryption;

/// <summary>Salt and keys of one encrypted entry (WinZip AE-2, AES-256). Never used for two entries: the counter always starts at 1.</summary>
internal sealed class AesKey
{
    public const int SaltLength = 16;
    private const int KeyLength = 32;
    private const int VerifierLength = 2;
    private const int Iterations = 1000;

    private readonly byte[] _salt = new byte[SaltLength];
    private readonly byte[] _derived = new byte[2 * KeyLength + VerifierLength];

    private AesKey()
    {
    }

    public ReadOnlySpan<byte> Salt => _salt;

    public ReadOnlySpan<byte> Encryption => _derived.AsSpan(0, KeyLength);

    public ReadOnlySpan<byte> Authentication => _derived.AsSpan(KeyLength, KeyLength);

    /// <summary>Tells a wrong password early, with a chance of 1 in 65,536 to be mistaken.</summary>
    public ReadOnlySpan<byte> Verifier => _derived.AsSpan(2 * KeyLength);

    /// <summary>Derives a key with a fresh salt: about a millisecond of work.</summary>
    /// <param name="password">The password in UTF-8.</param>
    public static AesKey Derive(ReadOnlySpan<byte> password)
    {
        var key = new AesKey();
        RandomNumberGenerator.Fill(key._salt);
#pragma warning disable CA5379 // The format prescribes SHA-1 and the number of iterations.
        Rfc2898DeriveBytes.Pbkdf2(password, key._salt, key._derived, Iterations, HashAlgorithmName.SHA1);
#pragma warning restore CA5379
        return key;
    }
}
