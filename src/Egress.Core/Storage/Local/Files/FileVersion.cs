using System.Globalization;

namespace Egress.Storage.Local.Files;

/// <summary>The properties that identify a version of a file's content.</summary>
/// <param name="Size">Size in bytes.</param>
/// <param name="Modified">Time of the last change of the content, UTC.</param>
/// <param name="Identity">Inode number; 0 if the system has none.</param>
/// <param name="Changed">Time of the last change of content or metadata, in ticks; 0 if the system has none.</param>
/// <param name="Links">Number of hard links; 0 if the system has none.</param>
internal readonly record struct FileVersion(long Size, DateTimeOffset Modified, ulong Identity = 0, long Changed = 0, uint Links = 0)
{
    /// <summary>
    /// The validator, which consists of size and time. It does not contain the inode number, because file systems in user space and network shares may assign a
    /// new one at each mount or opening. An unchanged file would then look changed.
    /// </summary>
    public string ETag => string.Create(CultureInfo.InvariantCulture, $"{Size:x}-{Modified.UtcTicks:x}");

    /// <summary>Whether an open file still has this content.</summary>
    /// <remarks>
    /// The time of the last metadata change detects content that was overwritten and whose old modification time was restored. That time also changes when a
    /// hard link is added or removed. Files are usually replaced by renaming another file over them, which does not change the content of the open file.
    /// </remarks>
    /// <param name="now">The version of the same open file now.</param>
    public bool IsStill(in FileVersion now) =>
        (Size, Modified, Identity) == (now.Size, now.Modified, now.Identity) && (Changed == now.Changed || Links != now.Links);
}
