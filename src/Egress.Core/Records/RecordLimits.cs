namespace Egress.Records;

/// <summary>How much of a record is read. Both limits hold while the record is parsed, so that a huge one costs little memory.</summary>
/// <param name="MaxSize">Most bytes of its JSON; a larger record cannot be read. Zero is unlimited.</param>
/// <param name="MaxObjects">Most single objects; further items are left unread and reported as <see cref="DownloadRecord.HasMoreObjects"/>. Zero
/// is unlimited.</param>
internal readonly record struct RecordLimits(long MaxSize, int MaxObjects)
{
    /// <summary>Most bytes of one text of a record (a key, a name), and of <c>custom_headers</c>. The longest path of any storage has 4,096.</summary>
    public const int MaxText = 64 << 10;

    /// <summary>Whether a size is within <see cref="MaxSize"/>.</summary>
    public bool Allows(long size) => MaxSize == 0 || size <= MaxSize;
}
