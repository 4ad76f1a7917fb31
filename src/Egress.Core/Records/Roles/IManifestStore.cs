using Egress.Backends;

namespace Egress.Records.Roles;

/// <summary>
/// Keeps manifests in the same store as the records, for all processes. A manifest is a value in several parts, which expire. Downloads also work
/// without it, but plan an archive again if its manifest is not stored. Safe for concurrent use.
/// </summary>
internal interface IManifestStore
{
    /// <summary>Reads parts of a value.</summary>
    /// <param name="id">Id of the value: up to 64 letters, digits and dots.</param>
    /// <param name="first">The first part, from 0.</param>
    /// <param name="count">The number of parts.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The parts in order, up to the first one that does not exist or has expired.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, int first, int count, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the parts of a value in order, starting with the first one. Existing parts are replaced. If a statement fails, earlier parts have been
    /// written.
    /// </summary>
    /// <param name="id">Id of the value.</param>
    /// <param name="parts">The parts, of up to <see cref="ManifestStoreLimits.PartLength"/> bytes each.</param>
    /// <param name="lifetime">The lifetime of the parts. They are deleted some time after it.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask WriteAsync(string id, IReadOnlyList<byte[]> parts, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Sets the lifetime of a value again. Has no effect if the value does not exist.</summary>
    /// <param name="id">Id of the value.</param>
    /// <param name="count">The number of its parts.</param>
    /// <param name="lifetime">The new lifetime of the parts, from now on.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask RenewAsync(string id, int count, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Removes a value.</summary>
    /// <param name="id">Id of the value.</param>
    /// <param name="count">The number of its parts.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask RemoveAsync(string id, int count, CancellationToken cancellationToken);
}

/// <summary>Limits for the stores of manifests.</summary>
internal static class ManifestStoreLimits
{
    /// <summary>The largest size of a part, in bytes.</summary>
    public const int PartLength = 64 << 10;

    /// <summary>
    /// The largest number of parts in one statement that writes. Together they are 256 KiB, a quarter of the smallest packet size of a MySQL server
    /// (<c>max_allowed_packet</c>).
    /// </summary>
    public const int PartsPerWrite = 4;

    /// <summary>The largest number of parts in one query. Together they are 4 MiB, which arrive within the time limit of a query.</summary>
    public const int PartsPerRead = 64;
}
