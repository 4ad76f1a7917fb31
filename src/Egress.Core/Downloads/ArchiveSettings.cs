using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Downloads;

/// <summary>The settings for the content and the names of archives.</summary>
internal static partial class ArchiveSettings
{
    private const int MaxCacheControl = 200;

    internal static readonly SettingGroup Group = new("Archives", "The content of archives, the names of their entries, and how caches may keep archives.");

    private static readonly DownloadOptions Defaults = new();

    private static readonly ValueFormat<IReadOnlySet<string>> Extensions = new(
        "extensions separated by commas, with or without the dot",
        TryParseExtensions,
        set => string.Join(',', set.Order(StringComparer.Ordinal)));

    private static readonly ValueFormat<string> CacheControlFormat = new(
        "directives of `Cache-Control`, separated by commas, at most 200 characters",
        static (string text, [MaybeNullWhen(false)] out string value) => (value = text.Trim()).Length <= MaxCacheControl && CacheControlText().IsMatch(value),
        static value => value);

    private static readonly Setting<EntryNameStyle> EntryNames = Group.Add<EntryNameStyle>(new(
        "ENTRY_NAMES", ValueFormats.Choice<EntryNameStyle>())
    {
        Default = Defaults.EntryNames,
        Text = "With `basename` the name of an entry is the last part of the object's key. With `path` the name includes the folders of the key. Equal "
            + "names, ignoring case, get a number such as `(2)` before the extension.",
    });

    private static readonly Setting<bool> AppendDate = Group.Add<bool>(new("APPEND_YMD", ValueFormats.Boolean)
    {
        Default = Defaults.AppendDate,
        Text = "Whether `-YYYYMMDD` (UTC) is added to the name of the archive.",
    });

    private static readonly Setting<bool> SanitizeFilenames = Group.Add<bool>(new("SANITIZE_FILENAMES", ValueFormats.Boolean)
    {
        Default = Defaults.SanitizeFilenames,
        Text = "Whether special characters in the name of the archive are removed or replaced.",
    });

    private static readonly Setting<bool> IgnoreMissing = Group.Add<bool>(new("IGNORE_MISSING", ValueFormats.Boolean)
    {
        Default = Defaults.IgnoreMissing,
        Text = "Whether objects that do not exist are left out. Otherwise the download is refused (404). If access to an object is refused or the "
            + "storage cannot be reached, the download fails in any case. With this setting Egress looks up every object, even if the record declares "
            + "its size.",
    });

    private static readonly Setting<bool> ReportMissing = Group.Add<bool>(new("REPORT_MISSING", ValueFormats.Boolean)
    {
        Default = Defaults.ReportMissing,
        Text = "Whether an archive gets an entry `_missing.json` that lists the objects that `IGNORE_MISSING` left out.",
    });

    private static readonly Setting<bool> SkipUnavailable = Group.Add<bool>(new("SKIP_UNAVAILABLE", ValueFormats.Boolean)
    {
        Default = Defaults.SkipUnavailable,
        Text = "Whether objects whose content cannot be read at present (archived, being restored, or encrypted with a key that Egress does not have) "
            + "are left out and listed in the entry `_missing.json`. Otherwise the download is refused (409).",
    });

    private static readonly Setting<bool> ChecksumFile = Group.Add<bool>(new("CHECKSUM_FILE", ValueFormats.Boolean)
    {
        Default = Defaults.ChecksumFile,
        Text = "Whether archives have a last entry `SHA256SUMS` with the SHA-256 of each file, which `egress verify` and `sha256sum -c` check. The "
            + "field `checksum_file` of a record overrides this setting. See [archives.md](archives.md#checksums-for-the-recipient).",
    });

    private static readonly Setting<int> CompressionLevel = Group.Add<int>(new("COMPRESSION_LEVEL", ValueFormats.Integer(-1, 9))
    {
        Default = Defaults.CompressionLevel,
        Text = "`-1` is the default of Deflate, `0` no compression, `1` the fastest and `9` the smallest. Files of compressed types are stored without "
            + "compression at any level.",
    });

    private static readonly Setting<bool> PreserveFileMetadata = Group.Add<bool>(new("PRESERVE_FILE_METADATA", ValueFormats.Boolean)
    {
        Default = Defaults.PreserveFileMetadata,
        Text = "Whether entries have the modification time of their object. Otherwise all entries have the same fixed time.",
    });

    private static readonly Setting<string> CacheControl = Group.Add<string>(new("CACHE_CONTROL", CacheControlFormat)
    {
        Default = Defaults.CacheControl,
        Example = "public, no-transform, s-maxage=86400",
        Text = "`Cache-Control` of downloads, unless the record sets one. Lifetimes are limited to the time until the link expires, so that no cache "
            + "keeps an archive after its link has expired. Links with `max_downloads` are always private. See [cdn.md](cdn.md).",
    });

    private static readonly Setting<bool> AllowPasswordProtected = Group.Add<bool>(new("ALLOW_PASSWORD_PROTECTED", ValueFormats.Boolean)
    {
        Default = Defaults.AllowPasswordProtected,
        Text = "Whether records with a password are served, as encrypted archives. Otherwise they are refused (403).",
    });

    private static readonly Setting<IReadOnlySet<string>> AllowedExtensions = Group.Add<IReadOnlySet<string>>(new(
        "ALLOWED_EXTENSIONS", Extensions)
    {
        Default = Defaults.AllowedExtensions,
        Example = "pdf,jpg,png",
        Text = "Only objects with these extensions are sent. Without the setting all objects are. Upper and lower case are the same.",
    });

    private static readonly Setting<IReadOnlySet<string>> BlockedExtensions = Group.Add<IReadOnlySet<string>>(new(
        "BLOCKED_EXTENSIONS", Extensions)
    {
        Default = Defaults.BlockedExtensions,
        Example = "exe,bat",
        Text = "Objects with these extensions are never sent, even if `ALLOWED_EXTENSIONS` contains their extension.",
    });

    internal static DownloadOptions Bind(SettingBinder binder) => new()
    {
        EntryNames = binder.Get(EntryNames),
        AppendDate = binder.Get(AppendDate),
        SanitizeFilenames = binder.Get(SanitizeFilenames),
        IgnoreMissing = binder.Get(IgnoreMissing),
        ReportMissing = binder.Get(ReportMissing),
        SkipUnavailable = binder.Get(SkipUnavailable),
        ChecksumFile = binder.Get(ChecksumFile),
        CompressionLevel = binder.Get(CompressionLevel),
        PreserveFileMetadata = binder.Get(PreserveFileMetadata),
        CacheControl = binder.Get(CacheControl),
        AllowPasswordProtected = binder.Get(AllowPasswordProtected),
        AllowedExtensions = binder.Get(AllowedExtensions),
        BlockedExtensions = binder.Get(BlockedExtensions),
    };

    [GeneratedRegex("""^[A-Za-z-]+(=([0-9]+|"[^"\\\x00-\x1f\x7f-\uffff]*"))?( *, *[A-Za-z-]+(=([0-9]+|"[^"\\\x00-\x1f\x7f-\uffff]*"))?)*$""")]
    private static partial Regex CacheControlText();

    // Refuses values such as "tar.gz" and "*.exe". Only the text after the last dot of a name is compared, so they would never match.
    private static bool TryParseExtensions(string text, out IReadOnlySet<string> extensions)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(item => item.StartsWith('.') ? item[1..] : item)
            .ToList();
        extensions = names.Select(name => $".{name.ToLowerInvariant()}").ToFrozenSet(StringComparer.Ordinal);
        return names.TrueForAll(name => name.Length > 0 && name.IndexOfAny(['.', '/', '\\', '*', '?', ' ', ';']) < 0);
    }
}
