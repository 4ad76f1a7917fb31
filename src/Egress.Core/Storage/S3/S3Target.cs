using System.Collections;
using Amazon.Runtime.Endpoints;
using Amazon.S3;
using Amazon.S3.Model;

namespace Egress.Storage.S3;

/// <summary>The endpoint to which requests for the objects of one bucket are sent, as the SDK resolves it.</summary>
internal sealed class S3Target
{
    private readonly string _origin;
    private readonly string _path;

    private S3Target(Uri url, string region, string service)
    {
        Endpoint = new Uri(url.OriginalString.TrimEnd('/')).ToString();
        Host = url.IdnHost;
        Host = url.HostNameType == UriHostNameType.IPv6 ? $"[{Host}]" : Host;
        Host = url.IsDefaultPort ? Host : $"{Host}:{url.Port}";
        _origin = $"{url.Scheme}://{Host}";
        _path = url.AbsolutePath.EndsWith('/') ? url.AbsolutePath : url.AbsolutePath + "/";
        Signature = new S3Signature(region, service);
    }

    /// <summary>The key under which the SDK keeps its clock-skew correction.</summary>
    public string Endpoint { get; }

    /// <summary>The value of the header <c>Host</c>.</summary>
    public string Host { get; }

    /// <summary>Signs requests to the endpoint.</summary>
    public S3Signature Signature { get; }

    /// <summary>Resolves the endpoint of a bucket with the SDK.</summary>
    /// <returns>Null if the bucket needs another kind of signature, as directory buckets and multi-region access points do.</returns>
    /// <exception cref="Exception">The SDK refuses the bucket or the configuration.</exception>
    public static S3Target? Of(AmazonS3Client client, string bucket)
    {
        var found = client.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = bucket, Key = "key" });
        return found is { Headers: null or { Count: 0 } }
            && found.Attributes?["authSchemes"] is IList { Count: 1 } schemes && schemes[0] is PropertyBag scheme
            && scheme["name"] is "sigv4" && scheme["disableDoubleEncoding"] is true
            && scheme["signingRegion"] is string { Length: > 0 } region && scheme["signingName"] is string { Length: > 0 } service
            && Uri.TryCreate(found.URL, UriKind.Absolute, out var url) && url is { Query: "", Fragment: "", UserInfo: "" }
            ? new S3Target(url, region, service)
            : null;
    }

    /// <summary>Returns the encoded path of an object. All characters except slashes and unreserved characters (RFC 3986 2.3) are escaped.</summary>
    public string PathOf(string key) => _path + Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal);

    /// <summary>Returns the URL of an encoded path, whose escapes are sent unchanged.</summary>
    public Uri UrlOf(string path) => new(_origin + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
