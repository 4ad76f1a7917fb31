using System.Collections.Frozen;
using Egress.Downloads;

namespace Egress.Settings;

/// <summary>Settings of what archives contain and how they are named.</summary>
internal static class ArchiveSettings
{
    internal static readonly SettingGroup Group = new("Archives", "What goes into an archive, and under which names.");

    private static readonly DownloadOptions Defaults = new();

    private static readonly ValueFormat<IReadOnlySet<string>> Extensions = new(
        "extensions separated by commas, such as `pdf,.jpg`", TryParseExtensions, set => string.Join(',', set.Order(StringComparer.Ordinal)));

    private static readonly Setting<EntryNameStyle> EntryNames = Group.Add(new Setting<EntryNameStyle>("ENTRY_NAMES", ValueFormats.Choice<EntryNameStyle>())
    {
        Default = Defaults.EntryNames,
        Text = "`basename` names an entry after the last part of its key, `path` keeps the folders. "
            + "Equal names (without regard to case) get ` (2)` before the extension.",
    });

    private static readonly Setting<bool> AppendDate = Group.Add(new Setting<bool>("APPEND_YMD", ValueFormats.Boolean)
    {
        Default = Defaults.AppendDate,
        Text = "Whether `-YYYYMMDD` (UTC) is added to the name of the archive.",
    });

    private static readonly Setting<bool> SanitizeFilenames = Group.Add(new Setting<bool>("SANITIZE_FILENAMES", ValueFormats.Boolean)
    {
        Default = Defaults.SanitizeFilenames,
        Text = "Whether the name of the archive is reduced to harmless characters.",
    });

    private static readonly Setting<bool> IgnoreMissing = Group.Add(new Setting<bool>("IGNORE_MISSING", ValueFormats.Boolean)
    {
        Default = Defaults.IgnoreMissing,
        Text = "Whether objects that do not exist are left out, instead of the download being refused (404). "
            + "Objects that are refused or out of reach are never left out.",
    });

    private static readonly Setting<int> CompressionLevel = Group.Add(new Setting<int>("COMPRESSION_LEVEL", ValueFormats.Integer(-1, 9))
    {
        Default = Defaults.CompressionLevel,
        Text = "`-1` default, `0` store only, `1` fastest to `9` smallest. Types that are compressed already are stored at any level.",
    });

    private static readonly Setting<bool> PreserveFileMetadata = Group.Add(new Setting<bool>("PRESERVE_FILE_METADATA", ValueFormats.Boolean)
    {
        Default = Defaults.PreserveFileMetadata,
        Text = "Whether entries carry the time of their object; else one fixed time.",
    });

    private static readonly Setting<bool> AllowPasswordProtected = Group.Add(new Setting<bool>("ALLOW_PASSWORD_PROTECTED", ValueFormats.Boolean)
    {
        Default = Defaults.AllowPasswordProtected,
        Text = "Whether records with a password are served, encrypted; else they are refused (403), never sent in clear.",
    });

    private static readonly Setting<IReadOnlySet<string>> AllowedExtensions = Group.Add(new Setting<IReadOnlySet<string>>("ALLOWED_EXTENSIONS", Extensions)
    {
        Default = Defaults.AllowedExtensions,
        Example = "pdf,jpg,png",
        Text = "Only objects with these extensions are sent; empty for all. Upper and lower case are the same.",
    });

    private static readonly Setting<IReadOnlySet<string>> BlockedExtensions = Group.Add(new Setting<IReadOnlySet<string>>("BLOCKED_EXTENSIONS", Extensions)
    {
        Default = Defaults.BlockedExtensions,
        Example = "exe,bat",
        Text = "Objects with these extensions are never sent, whatever is allowed.",
    });

    internal static DownloadOptions Bind(SettingReader reader) => new()
    {
        EntryNames = reader.Get(EntryNames),
        AppendDate = reader.Get(AppendDate),
        SanitizeFilenames = reader.Get(SanitizeFilenames),
        IgnoreMissing = reader.Get(IgnoreMissing),
        CompressionLevel = reader.Get(CompressionLevel),
        PreserveFileMetadata = reader.Get(PreserveFileMetadata),
        AllowPasswordProtected = reader.Get(AllowPasswordProtected),
        AllowedExtensions = reader.Get(AllowedExtensions),
        BlockedExtensions = reader.Get(BlockedExtensions),
    };

    // An extension is what follows the last dot of a name: "tar.gz" or "*.exe" would never match, and block nothing.
    private static bool TryParseExtensions(string text, out IReadOnlySet<string> extensions)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(item => item.StartsWith('.') ? item[1..] : item)
            .ToList();
        extensions = names.Select(name => $".{name.ToLowerInvariant()}").ToFrozenSet(StringComparer.Ordinal);
        return names.TrueForAll(name => name.Length > 0 && name.IndexOfAny(['.', '/', '\\', '*', '?', ' ', ';']) < 0);
    }
}
