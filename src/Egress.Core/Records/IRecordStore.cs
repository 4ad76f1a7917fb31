using Egress.Backends;

namespace Egress.Records;

/// <summary>Finds download records. Safe for concurrent use.</summary>
public interface IRecordStore
{
    /// <summary>Looks a record up by the id of a link, exactly as it stands there (decoded). An id matches itself only.</summary>
    /// <param name="id">The id from the link.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The record, or null when there is none.</returns>
    /// <exception cref="BackendException">The store refused, failed, did not answer in time, or holds something unreadable.</exception>
    ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken);
}

/// <summary>A record store that can also be written: what <c>link create</c> and <c>POST /links</c> need.</summary>
public interface IRecordWriter
{
    /// <summary>Stores a new record, creating the table first when an embedded store has none.</summary>
    /// <param name="record">The record to store.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>False when a record with that id exists already; it is left as it is.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken);
}
