using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;

namespace Egress.Storage.S3;

/// <summary>
/// Checks that the store responds and accepts the credentials, by listing one bucket. Access keys with few permissions may not list buckets. This refusal
/// counts as success, because the check does not know which buckets the records use.
/// </summary>
internal sealed class S3Probe(IAmazonS3 client)
{
    /// <summary>Runs the check. Completes without an exception if the storage can be used.</summary>
    /// <exception cref="BackendException">The storage cannot be used.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.ListBucketsAsync(new ListBucketsRequest { MaxBuckets = 1 }, cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.ErrorCode == "AccessDenied")
        {
            // The store accepts the credentials, but they have no permission to list buckets.
        }
        catch (Exception exception) when (S3Faults.Translate(exception, "list buckets", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
