using Azure;
using Azure.Storage.Blobs;
using Egress.Backends;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Checks that the account answers and accepts the credentials, by listing one container. The records decide which containers are read,
/// and a role on one container may not list them: that refusal counts as an answer.
/// </summary>
internal sealed class AzureBlobProbe(BlobServiceClient client)
{
    /// <summary>The health check of the storage.</summary>
    /// <exception cref="BackendException">The storage cannot be used.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.GetBlobContainersAsync(cancellationToken: cancellationToken).AsPages(pageSizeHint: 1)
                .FirstAsync(cancellationToken);
        }
        catch (RequestFailedException exception)
            when (exception.ErrorCode is "AuthorizationPermissionMismatch" or "AuthorizationResourceTypeMismatch")
        {
            // The credentials are accepted, but may not list.
        }
        catch (Exception exception) when (AzureBlobFaults.Translate(exception, "list containers", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
