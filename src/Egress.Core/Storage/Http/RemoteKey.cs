using System.Buffers;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Refuses buckets and keys that HTTP clients or servers would change in a URL.</summary>
internal static class RemoteKey
{
    private static readonly SearchValues<char> NeverInBuckets = SearchValues.Create("/\\?#% \0");

    /// <summary>
    /// Refuses keys with the segments <c>.</c> and <c>..</c>. Clients and servers may resolve them in a URL before or after they check a signature,
    /// so such a key could name an object of another bucket.
    /// </summary>
    /// <exception cref="BackendException">The key is refused, or the bucket or the key is empty.</exception>
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

    /// <summary>
    /// Checks a key that a listing returned. A key that cannot be requested makes the listing fail, because an archive without the object would look complete.
    /// </summary>
    /// <exception cref="BackendException">The key is refused, or does not begin with the prefix.</exception>
    public static void CheckListed(ObjectPrefix prefix, string? key)
    {
        if (string.IsNullOrEmpty(key) || !key.StartsWith(prefix.Prefix, StringComparison.Ordinal))
        {
            throw new BackendException(
                Backend.Storage, BackendFault.Malformed, $"The listing of '{prefix.Prefix}' in '{prefix.Bucket}' has the key '{key}'.");
        }

        Check(new ObjectLocation(prefix.Bucket, key));
    }

    /// <summary>Whether a key stays the same when it is put into a URL and parsed from it.</summary>
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

    /// <exception cref="BackendException">The name would change in a URL.</exception>
    public static void CheckBucket(string bucket)
    {
        if (bucket.Length == 0 || bucket is "." or ".." || bucket.AsSpan().ContainsAny(NeverInBuckets))
        {
            throw new BackendException(Backend.Storage, BackendFault.Malformed, $"'{bucket}' is not the name of a bucket.");
        }
    }
}
