namespace Egress.Downloads.Planning;

/// <summary>Which objects may be sent at all, by extension.</summary>
internal sealed class ExtensionFilter(DownloadOptions options)
{
    /// <summary>
    /// Whether an object may be sent. The allow list looks at the name that the user will see; the block list at that and at the
    /// key, so that renaming does not lift it.
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
