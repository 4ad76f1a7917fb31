using Azure;
using Azure.Storage.Blobs;
using Egress.Backends;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Checks that the account responds and accepts the credentials, by listing one container. An identity with a role for a single container may not list
/// containers. This refusal counts as success, because the check does not know which containers the records use.
/// </summary>
internal sealed class AzureBlobProbe(BlobServiceClient client)
{
    /// <summary>Runs the check. Completes without an exception if the storage can be used.</summary>
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
            // The service accepts the credentials, but they have no permission to list containers.
        }
        catch (Exception exception) when (AzureBlobFaults.Translate(exception, "list containers", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
