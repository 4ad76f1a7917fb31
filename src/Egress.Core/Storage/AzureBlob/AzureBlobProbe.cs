using Azure;
using Azure.Storage.Blobs;
using Egress.Backends;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Asks whether the account answers and knows the credentials, by listing one container. Which containers are read is up to the
/// records, and a role on one container may not list them: that refusal is an answer too.
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
            // Known, but not allowed to list.
        }
        catch (Exception exception) when (AzureBlobFaults.Translate(exception, "list containers", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
