using Egress.Records.Roles;

namespace Egress.Integration.Tests.Records;

/// <summary>Adapts a cache of digests to a cache of numbers, so that one contract tests both kinds of checksums. Each number is mapped to a digest.</summary>
internal sealed class NumberedDigests(IChecksumCache<Sha256Digest> cache) : IChecksumCache<uint>
{
    public async ValueTask<IReadOnlyDictionary<string, uint>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = await cache.FindAsync(keys, cancellationToken);
        return found.ToDictionary(digest => digest.Key, digest => digest.Value == Of((uint)digest.Value.Low)
            ? (uint)digest.Value.Low
            : throw new InvalidOperationException($"The digest {digest.Value} was never stored."));
    }

    public ValueTask AddAsync(IReadOnlyDictionary<string, uint> checksums, CancellationToken cancellationToken) =>
        cache.AddAsync(checksums.ToDictionary(number => number.Key, number => Of(number.Value)), cancellationToken);

    private static Sha256Digest Of(uint number) => new((UInt128)number << 90, number);
}
