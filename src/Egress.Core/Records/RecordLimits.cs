namespace Egress.Records;

/// <summary>The limits for reading a record. Both are applied while a record is parsed, so that a huge record takes little memory.</summary>
/// <param name="MaxSize">The largest size of its JSON in bytes. A larger record cannot be read. Zero is unlimited.</param>
/// <param name="MaxObjects">
/// The largest number of single objects. The items beyond it are not read, and <see cref="DownloadRecord.HasMoreObjects"/> is set. Zero is unlimited.
/// </param>
internal readonly record struct RecordLimits(long MaxSize, int MaxObjects)
{
    /// <summary>
    /// The largest size of one text of a record (such as a key or a name), and of <c>custom_headers</c>, in bytes. It is more than enough, because no
    /// storage has paths longer than 4,096 bytes.
    /// </summary>
    public const int MaxText = 64 << 10;

    /// <summary>Whether a size is within <see cref="MaxSize"/>.</summary>
    public bool Allows(long size) => MaxSize == 0 || size <= MaxSize;
}
