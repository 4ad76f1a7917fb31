namespace Egress.Storage;

/// <summary>The location of an object.</summary>
/// <param name="Bucket">Bucket, container, or path prefix under the storage root; may be empty for local disk.</param>
/// <param name="Key">Key inside it, not encoded.</param>
public readonly record struct ObjectLocation(string Bucket, string Key);

/// <summary>The common location of a group of objects.</summary>
/// <param name="Bucket">Bucket, container, or path prefix under the storage root.</param>
/// <param name="Prefix">The text with which the keys begin; empty for all keys.</param>
public readonly record struct ObjectPrefix(string Bucket, string Prefix);

/// <summary>The bytes of an object to read, and the version that the object must have.</summary>
/// <param name="Offset">Offset of the first byte, from 0. If it equals the object's size, nothing is read.</param>
/// <param name="Length">Number of bytes; null for all following bytes.</param>
/// <param name="IfMatch">The validator (<see cref="ObjectProperties.ETag"/>) that the object must still have; null for any.</param>
public readonly record struct ObjectRange(long Offset = 0, long? Length = null, string? IfMatch = null)
{
    /// <summary>The whole object, of any version.</summary>
    public static ObjectRange All => default;
}
