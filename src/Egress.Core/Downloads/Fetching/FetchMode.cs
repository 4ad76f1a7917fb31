namespace Egress.Downloads.Fetching;

/// <summary>The reader of the fetched content.</summary>
internal enum FetchMode
{
    /// <summary>A client that reads at its own pace. The size of chunks depends on this pace.</summary>
    Paced,

    /// <summary>
    /// A buffer in memory, which never has to be waited for. Small objects are prefetched from the beginning. A large object is read with one
    /// request, from the response directly into the buffer.
    /// </summary>
    Bulk,
}

/// <summary>The limits of prefetching in each mode.</summary>
internal static class FetchModes
{
    /// <summary>The limit of prefetched bytes if the reader itself has memory for all content: three objects of 1 MiB, or many small ones.</summary>
    private const long BulkMemory = 3 << 20;

    /// <summary>Returns the memory for prefetching, in bytes; zero is unlimited.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="most">The memory limit of a download, in bytes; zero is unlimited.</param>
    public static long MemoryOf(this FetchMode mode, long most) =>
        mode == FetchMode.Paced ? most : most == 0 ? BulkMemory : Math.Min(most, BulkMemory);
}
