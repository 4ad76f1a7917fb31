namespace Egress.Storage;

/// <summary>Where an object is.</summary>
/// <param name="Bucket">Bucket, container, or path prefix under the storage root; may be empty for local disk.</param>
/// <param name="Key">Key inside it, not encoded.</param>
public readonly record struct ObjectLocation(string Bucket, string Key);

/// <summary>Where a group of objects is.</summary>
/// <param name="Bucket">Bucket, container, or path prefix under the storage root.</param>
/// <param name="Prefix">What the keys start with, literally; empty for all.</param>
public readonly record struct ObjectPrefix(string Bucket, string Prefix);

/// <summary>Which bytes of an object to read, and of which version.</summary>
/// <param name="Offset">First byte, from 0. May equal the object's size: nothing is then read.</param>
/// <param name="Length">Number of bytes; null for all that follow.</param>
/// <param name="IfMatch">The validator (<see cref="ObjectProperties.ETag"/>) that the object must still have; null for any.</param>
public readonly record struct ObjectRange(long Offset = 0, long? Length = null, string? IfMatch = null)
{
    /// <summary>The whole object, of any version.</summary>
    public static ObjectRange All => default;
}
