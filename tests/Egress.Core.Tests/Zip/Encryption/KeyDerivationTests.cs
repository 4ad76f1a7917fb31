using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Egress.Zip.Encryption;
using Xunit;

namespace Egress.Core.Tests.Zip.Encryption;

/// <summary>Tests that keys derived in parallel lanes equal those of the framework's PBKDF2.</summary>
public sealed class KeyDerivationTests
{
    private const int LongestKey = 80;

    /// <summary>Lengths around the block size of SHA-1, beyond which HMAC hashes its key, and around the lengths at which the padding changes.</summary>
    public static TheoryData<int> PasswordLengths => [0, 1, 8, 55, 56, 63, 64, 65, 128, 1000];

    [Theory]
    [MemberData(nameof(PasswordLengths))]
    public void Passwords_of_every_length_derive_what_the_framework_does(int length)
    {
        var password = RandomNumberGenerator.GetBytes(length);
        AssertDerives(password, 3, LongestKey);
    }

    [Fact]
    public void Random_passwords_salts_and_iterations_derive_what_the_framework_does() =>
        Gen.Select(Gen.Byte.Array[0, 100], Gen.Int[1, 20], Gen.Int[1, LongestKey]).Sample(
            AssertDerives, iter: 300);

    [Fact]
    public void Keys_of_entries_have_fresh_salts_and_a_thousand_iterations()
    {
        var password = Encoding.UTF8.GetBytes("pässwörd");
        AesKey[] keys = [.. AesKey.DeriveSome(password), .. AesKey.DeriveSome(password)];
        Assert.Equal(keys.Length, keys.Select(static key => Convert.ToHexString(key.Salt)).Distinct().Count());
        Assert.All(keys, key => Assert.Equal(
            Convert.ToHexString(Framework(password, key.Salt.ToArray(), 1000, 66)),
            Convert.ToHexString([.. key.Encryption, .. key.Authentication, .. key.Verifier])));
    }

    private static void AssertDerives(byte[] password, int iterations, int length)
    {
        // One of the counts leaves a lane without a key, which must not affect the other lanes.
        foreach (var count in new[] { LanePbkdf2.KeysAtOnce, LanePbkdf2.KeysAtOnce - 1 })
        {
            byte[][] salts = [.. Enumerable.Range(0, count).Select(static _ => RandomNumberGenerator.GetBytes(LanePbkdf2.SaltLength))];
            byte[][] keys = [.. salts.Select(_ => new byte[length])];
            LanePbkdf2.Derive(password, salts, iterations, keys);
            Assert.Equal(salts.Select(salt => Framework(password, salt, iterations, length)), keys);
        }
    }

    private static byte[] Framework(byte[] password, byte[] salt, int iterations, int length) =>
#pragma warning disable CA5379 // The format prescribes SHA-1 and the number of iterations.
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA1, length);
#pragma warning restore CA5379
}
