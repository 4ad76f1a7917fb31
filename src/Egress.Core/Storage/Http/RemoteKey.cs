using System.Buffers;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Refuses what would not arrive as it was meant when it is put into a URL.</summary>
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
            throw new BackendException(Backend.Storage, BackendFault.Denied, $"The key '{location.Key}' holds '.' or '..' as a folder.");
        }
    }

    /// <summary>Whether a key stays what it is in a URL.</summary>
    public static bool IsSafe(string key)
    {
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
            throw new BackendException(Backend.Storage, BackendFault.Malformed, $"'{bucket}' is no name of a bucket.");
        }
    }
}
