using Egress.Backends;

namespace Egress.Records;

/// <summary>Finds download records. Safe for concurrent use.</summary>
public interface IRecordStore
{
    /// <summary>Looks up a record by the decoded id of a link. The id must match exactly, even if the database compares texts loosely.</summary>
    /// <param name="id">The id from the link.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The record; null if there is none.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time, or the record cannot be read.</exception>
    ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken);
}

/// <summary>Stores records for the command <c>link create</c>. A store need not have this role.</summary>
public interface IRecordWriter
{
    /// <summary>Stores a new record. An embedded store creates its table first if it does not exist.</summary>
    /// <param name="record">The record to store.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <returns>False if a record with that id exists, which is then not changed.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken);
}
