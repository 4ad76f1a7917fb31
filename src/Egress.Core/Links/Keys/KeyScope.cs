namespace Egress.Links.Keys;

/// <summary>A set of objects that links may name if their API key is limited: those of a bucket, or those whose keys start with a prefix.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">The start of the keys; empty for the whole bucket.</param>
public readonly record struct KeyScope(string Bucket, string Prefix)
{
    /// <summary>Whether a key, or every key with a prefix, is in this scope.</summary>
    /// <remarks>
    /// A disk resolves <c>a/../b</c> to <c>b</c>, which is outside of the prefix <c>a/</c>. Such keys are not in any scope with a prefix.
    /// </remarks>
    /// <param name="bucket">The bucket of the object.</param>
    /// <param name="keyOrPrefix">The key or the prefix.</param>
    public bool Contains(string bucket, string keyOrPrefix) =>
        string.Equals(bucket, Bucket, StringComparison.Ordinal)
        && keyOrPrefix.StartsWith(Prefix, StringComparison.Ordinal)
        && !Array.Exists(keyOrPrefix.Split('/', '\\'), static name => name is "." or "..");
}
