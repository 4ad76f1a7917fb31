namespace Egress.Links.Keys;

/// <summary>Finds the API key whose secret a request presents. Safe for concurrent use.</summary>
/// <param name="options">The keys.</param>
internal sealed class ApiKeyRing(LinkOptions options)
{
    /// <summary>Whether no key is configured. The routes of the API then answer as if they did not exist.</summary>
    public bool IsEmpty => options.Keys.Count == 0;

    /// <summary>
    /// Finds the API key with a secret. The secret is compared with that of every key, so that the time does not depend on which one matches.
    /// </summary>
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
