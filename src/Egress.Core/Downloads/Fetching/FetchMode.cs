namespace Egress.Downloads.Fetching;

/// <summary>Who reads what is fetched.</summary>
internal enum FetchMode
{
    /// <summary>A client at its own pace: chunks are chosen by that pace.</summary>
    Paced,

    /// <summary>
    /// Memory that takes everything at once: small objects are prefetched from the beginning, and a large one is read with one request, from its response directly into that memory.
    /// </summary>
    Bulk,
}

/// <summary>What the modes differ in.</summary>
internal static class FetchModes
{
    /// <summary>Most bytes that are prefetched for a reader that has the memory for everything itself: three objects of 1 MiB, or many small ones.</summary>
    private const long BulkMemory = 3 << 20;

    /// <summary>Memory for prefetching.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="most">The memory of a download; zero is unlimited.</param>
    public static long MemoryOf(this FetchMode mode, long most) =>
        mode == FetchMode.Paced ? most : most == 0 ? BulkMemory : Math.Min(most, BulkMemory);
}
