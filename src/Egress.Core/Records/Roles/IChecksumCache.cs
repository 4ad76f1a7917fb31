using Egress.Backends;

namespace Egress.Records.Roles;

/// <summary>
/// Keeps the checksums of objects that were read before, in the same store as the records. Downloads also work without it, but read an object again
/// if its checksum is not known. Safe for concurrent use.
/// </summary>
/// <typeparam name="T">The checksum: a CRC-32 (<see cref="uint"/>) or a <see cref="Sha256Digest"/>.</typeparam>
internal interface IChecksumCache<T>
    where T : struct
{
    /// <summary>Looks up many checksums together.</summary>
    /// <param name="keys">Keys of object versions: up to 64 letters and digits each.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The known checksums, by key.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlyDictionary<string, T>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>Adds checksums. Existing ones are not changed. They are deleted some time after <see cref="ChecksumCacheLimits.Lifetime"/>.</summary>
    /// <param name="checksums">Checksums by key.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask AddAsync(IReadOnlyDictionary<string, T> checksums, CancellationToken cancellationToken);
}

/// <summary>Limits for the stores of checksums.</summary>
internal static class ChecksumCacheLimits
{
    /// <summary>The largest number of checksums in one statement.</summary>
    public const int BatchSize = 1000;

    /// <summary>The lifetime of a checksum. An interrupted download that is resumed at all is resumed much sooner.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
}
