using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Records;
using Egress.Storage;

namespace Egress.Server.Commands.Links;

/// <summary>Checks that the objects of a new record exist.</summary>
internal sealed class ObjectCheck(IObjectStorage storage)
{
    /// <summary>The time limit for all objects together. The command prints the link even if the storage does not answer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Finds the items whose objects a download would not find.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>A sentence for each item without an object. If the storage could not be queried, the last sentence says so.</returns>
    public async IAsyncEnumerable<string> FindProblemsAsync(DownloadRecord record, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        foreach (var item in record.Objects)
        {
            string? unknown = null;
            var exists = true;
            try
            {
                exists = await ExistsAsync(item, item.Bucket ?? record.Bucket, either.Token);
            }
            catch (BackendException fault)
            {
                unknown = $"It is not known whether the objects exist: {fault.Message}";
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                unknown = $"It is not known whether the objects exist: the storage did not answer within {Limit.TotalSeconds} seconds";
            }

            if (unknown is not null)
            {
                yield return unknown;
                yield break;
            }

            if (!exists)
            {
                yield return Describe(item, item.Bucket ?? record.Bucket);
            }
        }
    }

    private async Task<bool> ExistsAsync(RecordItem item, string bucket, CancellationToken cancellationToken) => item switch
    {
        ObjectItem { Key: var key } => await storage.LookUpAsync(new ObjectLocation(bucket, key), cancellationToken) is not null,
        PrefixItem { Prefix: var prefix } => await storage.ListAsync(new ObjectPrefix(bucket, prefix), cancellationToken).AnyAsync(cancellationToken),
        _ => true,
    };

    private static string Describe(RecordItem item, string bucket) => item is PrefixItem { Prefix: var prefix }
        ? $"There is no object under the prefix '{prefix}' in the bucket '{bucket}'"
        : $"There is no object '{(item as ObjectItem)?.Key}' in the bucket '{bucket}'";
}
