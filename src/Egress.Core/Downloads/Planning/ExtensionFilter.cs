namespace Egress.Downloads.Planning;

/// <summary>Decides by extension which objects may be sent.</summary>
internal sealed class ExtensionFilter(DownloadOptions options)
{
    /// <summary>
    /// Whether an object may be sent. The allow list applies to the name that the user sees; the block list to that name and to the key, so that
    /// a record cannot rename a blocked object.
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

    /// <summary>From the last dot of the last segment on, lower case; a name that is only an extension (<c>.exe</c>) has that one.</summary>
    private static string Extension(string path)
    {
        var segment = path.AsSpan(path.LastIndexOf('/') + 1);
        var dot = segment.LastIndexOf('.');
        return dot < 0 ? "" : segment[dot..].ToString().ToLowerInvariant();
    }
}
