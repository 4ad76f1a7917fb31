using Azure;
using Azure.Storage.Blobs;
using Egress.Backends;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Checks that the account answers and accepts the credentials, by listing one container. A role for a single container may not list containers. This
/// refusal counts as success, because only the records name the containers that are read.
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
            // The credentials are accepted, but have no permission to list.
        }
        catch (Exception exception) when (AzureBlobFaults.Translate(exception, "list containers", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
