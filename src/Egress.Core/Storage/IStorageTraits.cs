namespace Egress.Storage;

/// <summary>What a caller may want to know of a storage to plan its reads. Optional: a storage without it is taken as remote.</summary>
public interface IStorageTraits
{
    /// <summary>
    /// Whether each call costs a round trip. True: many calls at once, look-ahead and lists instead of single look-ups pay off.
    /// False: opening is cheap and <see cref="Stream.Read(Span{byte})"/> of an opened object does not wait for a network of its own.
    /// </summary>
    bool IsRemote { get; }
}
