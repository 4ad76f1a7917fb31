using System.Collections.Frozen;

namespace Egress.Downloads.Planning;

/// <summary>
/// The file types that are already compressed. Deflate would not make them smaller, but would take time and make the length of the archive unknown.
/// </summary>
internal static class CompressedTypes
{
    /// <summary>The types, grouped by the reason why they are not compressed again. A media type that ends with <c>/</c> or <c>.</c> is a prefix.</summary>
    internal static readonly IReadOnlyList<CompressedType> All =
    [
        new("archives, which compress their members", "7z cab dmg rar zip zipx",
            "application/vnd.rar application/x-7z-compressed application/x-rar-compressed application/x-zip-compressed application/zip"),
        new("packages, which are such archives",
            "apk appx crx deb ear ipa jar msix nupkg rpm snap vsix war whl xpi",
            "application/java-archive application/vnd.android.package-archive"),
        new("compressed streams", "br bz2 gz lz lz4 lzma lzo tbz tbz2 tgz txz tzst xz z zst",
            "application/gzip application/x-bzip2 application/x-gzip application/x-xz application/zstd"),
        new("gzip around XML or a ZIP", "kmz svgz"),
        new("pictures with entropy-coded pixels", "avif gif heic heif jfif jp2 jpe jpeg jpg jxl png webp",
            "image/avif image/gif image/heic image/heif image/jp2 image/jpeg image/jxl image/png image/webp"),
        new("sound with entropy-coded samples", "aac ac3 amr ape flac m4a m4b mka mp2 mp3 oga ogg opus wma wv",
            "audio/aac audio/ac3 audio/flac audio/mp4 audio/mpeg audio/ogg audio/opus audio/webm audio/x-flac audio/x-m4a"),
        new("films with entropy-coded frames",
            "3g2 3gp avi f4v flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv vob webm wmv", "video/"),
        new("PDF, whose streams are compressed with Deflate or JPEG", "pdf", "application/pdf"),
        new("office documents and books, which are ZIP archives inside",
            "docm docx dotx epub odp ods odt potx ppsx pptm pptx xlsb xlsm xlsx xltx",
            "application/epub+zip application/vnd.openxmlformats-officedocument. application/vnd.oasis.opendocument."),
        new("fonts for the web, which are compressed with zlib or Brotli", "woff woff2", "font/woff font/woff2"),
        new("columns that are compressed one by one", "parquet"),
    ];

    private static readonly FrozenSet<string> Extensions =
        All.SelectMany(static type => type.Extensions.Split(' ')).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> MediaTypes =
        AllMediaTypes().Where(static type => !IsFamily(type)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Families = [.. AllMediaTypes().Where(IsFamily)];

    /// <summary>
    /// Whether an object is already compressed, according to its extension or its media type. Such an object is stored uncompressed at any compression level.
    /// </summary>
    /// <param name="name">Key, path or file name.</param>
    /// <param name="contentType">Media type, with or without parameters; null when there is none.</param>
    public static bool IsCompressed(string name, string? contentType)
    {
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

        return MediaTypes.GetAlternateLookup<ReadOnlySpan<char>>().Contains(type);
    }

    private static IEnumerable<string> AllMediaTypes() =>
        All.SelectMany(static type => type.MediaTypes.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static bool IsFamily(string type) => type[^1] is '/' or '.';
}

/// <summary>File types that are not compressed again for the same reason.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Extensions">Extensions in lower case, without the dot, separated by spaces.</param>
/// <param name="MediaTypes">Media types, separated by spaces; empty if the names of such files always have an extension.</param>
internal sealed record CompressedType(string Reason, string Extensions, string MediaTypes = "");
