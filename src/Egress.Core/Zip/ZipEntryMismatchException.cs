namespace Egress.Zip;

/// <summary>The property of an entry's content that differs from the declared value.</summary>
internal enum ZipEntryProperty
{
    /// <summary>The size of the content, in bytes.</summary>
    Size,

    /// <summary>The CRC-32 of the content.</summary>
    Crc32,
}

/// <summary>The content of an entry does not match the declared properties. The archive cannot be completed.</summary>
/// <param name="entryName">Name of the entry.</param>
/// <param name="property">The property that differs.</param>
/// <param name="expected">The declared size or CRC-32.</param>
/// <param name="actual">The size or CRC-32 that was found. Reading stops at the first byte beyond the declared size, so a larger size is a lower
/// bound.</param>
internal sealed class ZipEntryMismatchException(string entryName, ZipEntryProperty property, long expected, long actual)
    : Exception(Describe(entryName, property, expected, actual))
{
    /// <summary>Name of the entry.</summary>
    public string EntryName { get; } = entryName;

    /// <summary>The property that differs.</summary>
    public ZipEntryProperty Property { get; } = property;

    /// <summary>The declared value.</summary>
    public long Expected { get; } = expected;

    /// <summary>The value that was found; a lower bound if the content is longer than declared.</summary>
    public long Actual { get; } = actual;

    private static string Describe(string name, ZipEntryProperty property, long expected, long actual) => property switch
    {
        ZipEntryProperty.Crc32 => $"The content of '{name}' has CRC-32 {actual:x8}, not {expected:x8}.",
        _ when actual > expected => $"The content of '{name}' is longer than the declared {expected} bytes.",
        _ => $"The content of '{name}' has {actual} bytes, not {expected}.",
    };
}
