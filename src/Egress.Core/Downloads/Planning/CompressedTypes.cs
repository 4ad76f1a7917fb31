using System.Collections.Frozen;

namespace Egress.Downloads.Planning;

/// <summary>Tells what is compressed already, so that Deflate would only cost time, and the archive its exact length.</summary>
internal static class CompressedTypes
{
    private static readonly FrozenSet<string> Extensions = FrozenSet.ToFrozenSet(
        [
            // archives and compressed streams
            "7z", "apk", "appx", "br", "bz2", "cab", "crx", "deb", "dmg", "ear", "gz", "ipa", "jar", "kmz", "lz", "lz4", "lzma", "lzo", "msix", "nupkg",
            "rar", "rpm", "snap", "svgz", "tbz", "tbz2", "tgz", "txz", "tzst", "vsix", "war", "whl", "xpi", "xz", "z", "zip", "zipx", "zst",
            // pictures
            "avif", "gif", "heic", "heif", "jfif", "jp2", "jpe", "jpeg", "jpg", "jxl", "png", "webp",
            // sound
            "aac", "ac3", "amr", "ape", "flac", "m4a", "m4b", "mka", "mp2", "mp3", "oga", "ogg", "opus", "wma", "wv",
            // video
            "3g2", "3gp", "avi", "f4v", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogv", "vob", "webm", "wmv",
            // documents that are archives inside, fonts, columnar data
            "docm", "docx", "dotx", "epub", "odp", "ods", "odt", "potx", "ppsx", "pptm", "pptx", "xlsb", "xlsm", "xlsx", "xltx",
            "woff", "woff2", "parquet",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> ContentTypes = FrozenSet.ToFrozenSet(
        [
            "application/epub+zip", "application/gzip", "application/java-archive", "application/vnd.android.package-archive", "application/vnd.rar",
            "application/x-7z-compressed", "application/x-bzip2", "application/x-gzip", "application/x-rar-compressed", "application/x-xz",
            "application/x-zip-compressed", "application/zip", "application/zstd", "font/woff", "font/woff2",
            "image/avif", "image/gif", "image/heic", "image/heif", "image/jp2", "image/jpeg", "image/jxl", "image/png", "image/webp",
            "audio/aac", "audio/ac3", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/opus", "audio/webm", "audio/x-flac", "audio/x-m4a",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Families whose every common member is compressed.</summary>
    private static readonly string[] Families =
        ["video/", "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."];

    /// <summary>Whether an object is stored at any compression level, by its extension or its content type.</summary>
    /// <param name="name">Key, path or file name.</param>
    /// <param name="contentType">Media type, with or without parameters; null when there is none.</param>
    public static bool IsCompressed(string name, string? contentType)
    {
        ArgumentNullException.ThrowIfNull(name);
        var extension = Path.GetExtension(name.AsSpan());
        if (extension.Length > 1 && Extensions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(extension[1..]))
        {
            return true;
        }

        var type = contentType.AsSpan();
        type = type[..(type.IndexOf(';') is >= 0 and var end ? end : type.Length)].Trim();
        foreach (var family in Families)
        {
            if (type.StartsWith(family, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return ContentTypes.GetAlternateLookup<ReadOnlySpan<char>>().Contains(type);
    }
}
