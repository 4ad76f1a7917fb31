using Egress.Backends;
using Egress.Records.Roles;

namespace Egress.Records.Exports;

/// <summary>Keeps the states of exports, and the parts that were uploaded, for all instances. Safe for concurrent use.</summary>
internal interface IExportStore : IVersionedStates
{
    /// <summary>Stores an uploaded part. If the part is already stored, it is replaced.</summary>
    /// <param name="id">Id of the export: up to 64 letters and digits.</param>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask AddPartAsync(string id, StoredPart part, CancellationToken cancellationToken);

    /// <summary>Finds the parts of an export, in the order of their numbers.</summary>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlyList<StoredPart>> FindPartsAsync(string id, CancellationToken cancellationToken);

    /// <summary>Finds one part; null if it was not uploaded.</summary>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<StoredPart?> FindPartAsync(string id, int number, CancellationToken cancellationToken);

    /// <summary>Counts the parts of an export.</summary>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<int> CountPartsAsync(string id, CancellationToken cancellationToken);

    /// <summary>Removes all parts of an export.</summary>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask RemovePartsAsync(string id, CancellationToken cancellationToken);
}

/// <summary>A part that was uploaded.</summary>
/// <param name="Number">The number of the part, from 1.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Tag">The tag that the storage requires when the upload is completed; up to 200 characters, may be empty.</param>
internal readonly record struct StoredPart(int Number, long Length, string Tag);
