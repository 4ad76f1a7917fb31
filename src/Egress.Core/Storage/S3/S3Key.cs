using Amazon.S3;
using Amazon.S3.Model;

namespace Egress.Storage.S3;

/// <summary>Adapts keys to the SDK.</summary>
internal static class S3Key
{
    /// <summary>
    /// Returns a key in the form that the SDK needs. If the bucket is in the path of the URL, the SDK removes one slash from the start of a key, so one is
    /// added.
    /// </summary>
    public static string For(IAmazonS3 client, ObjectLocation location)
    {
        if (!location.Key.StartsWith('/'))
        {
            return location.Key;
        }

        var endpoint = client.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = location.Bucket, Key = location.Key });
        return new Uri(endpoint.URL).AbsolutePath == "/" ? location.Key : "/" + location.Key;
    }
}
