namespace Egress.Downloads.Planning;

/// <summary>Decides by extension which objects may be sent.</summary>
internal sealed class ExtensionFilter(DownloadOptions options)
{
    /// <summary>
    /// Whether an object may be sent. The allow list applies to the name that the user sees. The block list applies to that name and to the key, so
    /// that a record cannot evade it by renaming an object.
    /// </summary>
    public bool Allows(string key, string entryName)
    {
        if (options.BlockedExtensions.Count == 0 && options.AllowedExtensions.Count == 0)
        {
            return true;
        }

        var extension = Extension(entryName);
        return !options.BlockedExtensions.Contains(extension)
            && !options.BlockedExtensions.Contains(Extension(key))
            && (options.AllowedExtensions.Count == 0 || options.AllowedExtensions.Contains(extension));
    }

    /// <summary>Returns the extension of a path's last segment, in lower case and with the dot. A name such as <c>.exe</c> counts as an extension.</summary>
    private static string Extension(string path)
    {
        var segment = path.AsSpan(path.LastIndexOf('/') + 1);
        var dot = segment.LastIndexOf('.');
        return dot < 0 ? "" : segment[dot..].ToString().ToLowerInvariant();
    }
}
