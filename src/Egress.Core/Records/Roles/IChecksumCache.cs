using Egress.Backends;

namespace Egress.Records.Roles;

/// <summary>
/// Keeps the checksums of objects that were read before, in the same store as the records. Downloads work without it: an object whose checksum
/// is unknown is read again. Safe for concurrent use.
/// </summary>
/// <typeparam name="T">The checksum: a CRC-32 (<see cref="uint"/>) or a <see cref="Sha256Digest"/>.</typeparam>
internal interface IChecksumCache<T>
    where T : struct
{
    /// <summary>Looks up many checksums at once.</summary>
    /// <param name="keys">Keys of object versions: up to 64 letters and digits each.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The checksums that are known, by key.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask<IReadOnlyDictionary<string, T>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>Adds checksums; existing ones are kept. Old ones are deleted after a while (<see cref="ChecksumCacheLimits"/>).</summary>
    /// <param name="checksums">Checksums by key.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    ValueTask AddAsync(IReadOnlyDictionary<string, T> checksums, CancellationToken cancellationToken);
}

/// <summary>How many checksums a cache takes at once, and how long it keeps them.</summary>
internal static class ChecksumCacheLimits
{
    /// <summary>Most checksums in one statement.</summary>
    public const int BatchSize = 1000;

    /// <summary>How long a checksum is kept: an interrupted download is resumed much sooner, or never.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
}
