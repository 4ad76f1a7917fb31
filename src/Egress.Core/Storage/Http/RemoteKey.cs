using System.Buffers;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Refuses buckets and keys that a URL would change.</summary>
internal static class RemoteKey
{
    private static readonly SearchValues<char> NeverInBuckets = SearchValues.Create("/\\?#% \0");

    /// <summary>
    /// Clients and servers resolve <c>.</c> and <c>..</c> in a URL's path before or after they check a signature: such a key could
    /// name an object of another bucket.
    /// </summary>
    /// <exception cref="BackendException">Refused, or nothing is named.</exception>
    public static void Check(ObjectLocation location)
    {
        CheckBucket(location.Bucket);
        if (location.Key.Length == 0)
        {
            throw new BackendException(Backend.Storage, BackendFault.Malformed, "The key of an object is empty.");
        }

        if (!IsSafe(location.Key))
        {
            throw new BackendException(
                Backend.Storage, BackendFault.Denied, $"The key '{location.Key}' has '.' or '..' between slashes, or is not valid Unicode.");
        }
    }

    /// <summary>Checks a key of a listing. One that could not be opened is not left out: the archive would look complete.</summary>
    /// <exception cref="BackendException">The key is refused, or does not belong in the listing.</exception>
    public static void CheckListed(ObjectPrefix prefix, string? key)
    {
        if (string.IsNullOrEmpty(key) || !key.StartsWith(prefix.Prefix, StringComparison.Ordinal))
        {
            throw new BackendException(
                Backend.Storage, BackendFault.Malformed, $"The listing of '{prefix.Prefix}' in '{prefix.Bucket}' has the key '{key}'.");
        }

        Check(new ObjectLocation(prefix.Bucket, key));
    }

    /// <summary>Whether a key is the same after a URL was built from it and taken apart.</summary>
    public static bool IsSafe(string key)
    {
        if (!ObjectKey.IsUnicode(key))
        {
            return false;
        }

        foreach (var segment in key.AsSpan().Split('/'))
        {
            if (key.AsSpan(segment) is "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    /// <exception cref="BackendException">No bucket has such a name.</exception>
    public static void CheckBucket(string bucket)
    {
        if (bucket.Length == 0 || bucket is "." or ".." || bucket.AsSpan().ContainsAny(NeverInBuckets))
        {
            throw new BackendException(Backend.Storage, BackendFault.Malformed, $"'{bucket}' is not the name of a bucket.");
        }
    }
}
