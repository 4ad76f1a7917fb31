using System.Security.Cryptography;
using System.Text;

namespace Egress.Links.Keys;

/// <summary>An API key. Only a digest of its secret is kept in memory.</summary>
public sealed class ApiKey
{
    /// <summary>The shortest secret, in characters. Shorter secrets can be guessed.</summary>
    public const int LeastSecretLength = 16;

    private readonly byte[] _digest;

    /// <param name="name">The name of the key in logs and links. Several keys may have the same name, so that a secret can be replaced without an
    /// interruption.</param>
    /// <param name="secret">The secret that requests must present.</param>
    /// <param name="scopes">The objects that links of this key may name; empty for every object.</param>
    public ApiKey(string name, string secret, IReadOnlyList<KeyScope> scopes)
    {
        (Name, Scopes) = (name, scopes);
        _digest = Digest(secret);
    }

    /// <summary>The name of the key.</summary>
    public string Name { get; }

    /// <summary>The objects that links of this key may name; empty for every object.</summary>
    public IReadOnlyList<KeyScope> Scopes { get; }

    /// <summary>
    /// Whether the key is limited to some objects. Requests with such a key have access only to links that a key with the same name created.
    /// </summary>
    public bool IsBound => Scopes.Count > 0;

    /// <summary>Whether links of this key may name an object, or all objects under a prefix.</summary>
    /// <param name="bucket">The bucket of the object.</param>
    /// <param name="keyOrPrefix">The key of the object, or the prefix.</param>
    public bool Allows(string bucket, string keyOrPrefix) => !IsBound || Scopes.Any(scope => scope.Contains(bucket, keyOrPrefix));

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>
    /// Whether a digest is that of the secret of this key. Digests have a fixed length, so the time of the comparison does not depend on the secret.
    /// </summary>
    internal bool Matches(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(_digest, digest);

    /// <summary>Returns the digest of a secret, to pass to <see cref="Matches"/>.</summary>
    internal static byte[] Digest(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
