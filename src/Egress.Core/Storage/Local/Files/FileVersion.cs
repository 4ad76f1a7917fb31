using System.Globalization;

namespace Egress.Storage.Local.Files;

/// <summary>What distinguishes one content of a file from another.</summary>
/// <param name="Size">Size in bytes.</param>
/// <param name="Modified">Time of the last change of the content, UTC.</param>
/// <param name="Identity">Inode number; 0 where the system has none.</param>
/// <param name="Changed">Time of the last change of content or metadata, in ticks; 0 where the system has none.</param>
/// <param name="Links">Number of names; 0 where the system has none.</param>
internal readonly record struct FileVersion(long Size, DateTimeOffset Modified, ulong Identity = 0, long Changed = 0, uint Links = 0)
{
    /// <summary>
    /// Size and time. No inode number: file systems in user space and network shares make a new one for each mount or each opening, and then an
    /// unchanged file would look changed.
    /// </summary>
    public string ETag => string.Create(CultureInfo.InvariantCulture, $"{Size:x}-{Modified.UtcTicks:x}");

    /// <summary>Whether an open file still has this content.</summary>
    /// <remarks>
    /// The time of the last change of metadata finds a content that was overwritten and given its old time again. It also changes when the file gets
    /// or loses a name: the usual way to replace a file is to rename another one over it, which leaves the open one as it is.
    /// </remarks>
    /// <param name="now">The version of the same open file now.</param>
    public bool IsStill(in FileVersion now) =>
        (Size, Modified, Identity) == (now.Size, now.Modified, now.Identity) && (Changed == now.Changed || Links != now.Links);
}
