using Egress.Backends;

namespace Egress.Records.Links;

/// <summary>
/// Keeps the state of links, in addition to the records: who created them and when, whether they are revoked, and how they were used. A store need
/// not have this role. A record without an entry can be downloaded, but has no state. Safe for concurrent use.
/// </summary>
internal interface ILinkStore
{
    /// <summary>The time during which a repeated request gets the answer of the first one.</summary>
    static readonly TimeSpan IdempotencyWindow = TimeSpan.FromHours(24);

    /// <summary>Stores a record and its link. Stores either both or neither.</summary>
    /// <param name="link">The link.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    /// <exception cref="BackendException">The store refused, failed, did not answer in time, or cannot keep links
    /// (<see cref="BackendException.IsLinkTableUnusable"/>).</exception>
    ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken);

    /// <summary>Finds the link that a request with this idempotency key created within <see cref="IdempotencyWindow"/>.</summary>
    /// <param name="idempotencyKey">Digest of the key, as in <see cref="NewLink.IdempotencyKey"/>.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The link; null if no request had this key.</returns>
    /// <exception cref="BackendException">As for <see cref="CreateAsync"/>.</exception>
    ValueTask<LinkEntry?> FindRepeatedAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Finds a link.</summary>
    /// <param name="id">Id of the record.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The link; null if it is not stored.</returns>
    /// <exception cref="BackendException">As for <see cref="CreateAsync"/>.</exception>
    ValueTask<LinkEntry?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Returns one page of links, newest first.</summary>
    /// <param name="selection">The condition and the page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="BackendException">As for <see cref="CreateAsync"/>.</exception>
    ValueTask<LinkPage> ListAsync(LinkSelection selection, CancellationToken cancellationToken);

    /// <summary>Revokes a link. A second revocation has no effect. If the record has no entry yet, one is created.</summary>
    /// <param name="id">Id of the record.</param>
    /// <param name="by">Name of the key.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="BackendException">As for <see cref="CreateAsync"/>.</exception>
    ValueTask RevokeAsync(string id, string by, CancellationToken cancellationToken);

    /// <summary>Finds out which of many links are revoked.</summary>
    /// <param name="ids">Ids of records, as the store prints them.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The ids of the revoked links.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlySet<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Adds a transfer that ended to the state of a link. It becomes the last transfer, unless one that ended later is already stored. Has no effect
    /// if the link has no entry.
    /// </summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    /// <param name="transfer">The transfer.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask AddTransferAsync(string id, LinkTransfer transfer, CancellationToken cancellationToken);

    /// <summary>Stores the state of the last callback of a link. Has no effect if the link has no entry.</summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    /// <param name="callback">The callback.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask SetCallbackAsync(string id, LinkCallback callback, CancellationToken cancellationToken);
}
