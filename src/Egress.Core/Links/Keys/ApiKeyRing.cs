namespace Egress.Links.Keys;

/// <summary>Finds the key with the secret in a request. Safe for concurrent use.</summary>
/// <param name="options">The keys.</param>
internal sealed class ApiKeyRing(LinkOptions options)
{
    /// <summary>Whether there is no key. The API does not exist then.</summary>
    public bool IsEmpty => options.Keys.Count == 0;

    /// <summary>Finds the key with a secret. Every key is compared, so that the time does not depend on which one matches.</summary>
    /// <param name="secret">The secret.</param>
    /// <returns>Null if no key has this secret.</returns>
    public ApiKey? Find(string secret)
    {
        var digest = ApiKey.Digest(secret);
        ApiKey? found = null;
        foreach (var key in options.Keys)
        {
            found = key.Matches(digest) ? key : found;
        }

        return found;
    }
}
