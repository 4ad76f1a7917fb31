using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;

namespace Egress.Storage.S3;

/// <summary>
/// Checks that the store answers and accepts the credentials, by listing one bucket. Access keys with few permissions may not list buckets. This
/// refusal counts as success, because only the records name the buckets that are read.
/// </summary>
internal sealed class S3Probe(IAmazonS3 client)
{
    /// <summary>The health check of the storage.</summary>
    /// <exception cref="BackendException">The storage cannot be used.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.ListBucketsAsync(new ListBucketsRequest { MaxBuckets = 1 }, cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.ErrorCode == "AccessDenied")
        {
            // The credentials are accepted, but have no permission to list.
        }
        catch (Exception exception) when (S3Faults.Translate(exception, "list buckets", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
