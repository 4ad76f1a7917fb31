using Egress.Backends;

namespace Egress.Records.Roles;

/// <summary>
/// Keeps manifests in the same store as the records, for every process that serves them: values in parts, which expire. Downloads work without it:
/// an archive whose manifest is not kept is planned again. Safe for concurrent use.
/// </summary>
internal interface IManifestStore
{
    /// <summary>Reads parts of a value.</summary>
    /// <param name="id">Id of the value: up to 64 letters, digits and dots.</param>
    /// <param name="first">The first part, from 0.</param>
    /// <param name="count">How many parts.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The parts in order, up to the first one that is not there or has expired.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, int first, int count, CancellationToken cancellationToken);

    /// <summary>Writes the parts of a value from the first one on, in order. Existing parts are replaced. When it fails, some may have been written.</summary>
    /// <param name="id">Id of the value.</param>
    /// <param name="parts">The parts, of up to <see cref="ManifestStoreLimits.PartLength"/> bytes each.</param>
    /// <param name="lifetime">How long they are kept. Then they are deleted, at some time.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask WriteAsync(string id, IReadOnlyList<byte[]> parts, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Keeps a value longer. No effect if the value does not exist.</summary>
    /// <param name="id">Id of the value.</param>
    /// <param name="count">How many parts it has.</param>
    /// <param name="lifetime">How long they are kept from now on.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask RenewAsync(string id, int count, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Removes a value.</summary>
    /// <param name="id">Id of the value.</param>
    /// <param name="count">How many parts it has.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask RemoveAsync(string id, int count, CancellationToken cancellationToken);
}

/// <summary>How much a store of manifests takes at once.</summary>
internal static class ManifestStoreLimits
{
    /// <summary>Most bytes of a part.</summary>
    public const int PartLength = 64 << 10;

    /// <summary>Most parts in one statement that writes: 256 KiB, a quarter of the smallest packet that a MySQL server is set to.</summary>
    public const int PartsPerWrite = 4;

    /// <summary>Most parts in one query: 4 MiB, which arrive within the time limit of a query.</summary>
    public const int PartsPerRead = 64;
}
