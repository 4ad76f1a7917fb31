using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Egress.Backends;

namespace Egress.Records.Json;

/// <summary>Reads and writes one item of a record's <c>objects</c>.</summary>
internal static class RecordItemJson
{
    /// <summary>
    /// Reads the item at the position of the reader. The whole item must be in the reader's buffer. Unknown members are ignored, because later
    /// versions may add some.
    /// </summary>
    /// <param name="json">The reader.</param>
    /// <param name="place">The place of the item, for messages.</param>
    /// <param name="isStrict">Whether an unknown member, a repeated member, an empty text for an optional member, or a control character is a
    /// fault.</param>
    /// <exception cref="BackendException">Malformed: names the item and the member.</exception>
    public static RecordItem Read(ref Utf8JsonReader json, RecordPlace place, bool isStrict = false) => json.TokenType switch
    {
        JsonTokenType.String => new ObjectItem(NotEmpty(Checked(RecordToken.Text(ref json, place), place, isStrict), place)),
        JsonTokenType.StartObject => ReadMembers(ref json, place, isStrict),
        _ => throw place.Unreadable($"must be a key or an object, not {RecordToken.Describe(json.TokenType)}"),
    };

    /// <summary>Writes an item in the format that <see cref="Read"/> reads. An item with only a key is written as a string.</summary>
    public static void Write(Utf8JsonWriter json, RecordItem item)
    {
        if (item is ObjectItem { Name: null, Bucket: null, Size: null, Crc32: null, Modified: null } plain)
        {
            json.WriteStringValue(plain.Key);
            return;
        }

        json.WriteStartObject();
        switch (item)
        {
            case FolderItem folder:
                json.WriteString("folder", folder.Path);
                break;
            case PrefixItem prefix:
                json.WriteString("prefix", prefix.Prefix);
                break;
            case ObjectItem described:
                WriteDescription(json, described);
                break;
        }

        WriteText(json, "name", item.Name);
        WriteText(json, "bucket", item.Bucket);
        json.WriteEndObject();
    }

    private static RecordItem ReadMembers(ref Utf8JsonReader json, RecordPlace place, bool isStrict)
    {
        var members = default(Members);
        var seen = isStrict ? new HashSet<string>(StringComparer.Ordinal) : null;
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = RecordToken.Name(ref json, place);
            var at = place with { Member = member };
            json.Read();
            if (seen?.Add(member) is false)
            {
                throw at.Unreadable("is given twice");
            }

            switch (member)
            {
                case "key": members.Key = Checked(Required(ref json, at), at, isStrict); break;
                case "prefix": members.Prefix = Checked(Required(ref json, at), at, isStrict); break;
                case "folder": members.Folder = Checked(Required(ref json, at), at, isStrict); break;
                case "name": members.Name = Checked(RecordToken.OptionalText(ref json, at, isStrict), at, isStrict); break;
                case "bucket": members.Bucket = Checked(RecordToken.OptionalText(ref json, at, isStrict), at, isStrict); break;
                case "size": members.Size = ReadSize(ref json, at); break;
                case "crc32": members.Crc32 = ReadCrc32(ref json, at); break;
                case "modified": members.Modified = ReadModified(ref json, at); break;
                default:
                    if (isStrict)
                    {
                        throw at.Unreadable("is not a member of an item; allowed: key, prefix, folder, name, bucket, size, crc32 and modified");
                    }

                    json.TrySkip();
                    break;
            }
        }

        if (isStrict && members is { Key: null } and not { Size: null, Crc32: null, Modified: null })
        {
            throw place.Unreadable("has \"size\", \"crc32\" or \"modified\", which only an item with \"key\" has");
        }

        return ItemOf(members, place);
    }

    private static RecordItem ItemOf(in Members members, RecordPlace place) => (members.Key, members.Prefix, members.Folder) switch
    {
        ({ } key, null, null) => new ObjectItem(NotEmpty(key, place with { Member = "key" }))
        {
            Name = members.Name,
            Bucket = members.Bucket,
            Size = members.Size,
            Crc32 = members.Crc32,
            Modified = members.Modified,
        },
        (null, { } prefix, null) => new PrefixItem(prefix) { Name = members.Name, Bucket = members.Bucket },
        (null, null, { } path) when members is { Name: null, Bucket: null } => ReadFolder(path, place with { Member = "folder" }),
        (null, null, { }) => throw place.Unreadable("has \"name\" or \"bucket\" beside \"folder\", which has neither"),
        (null, null, null) => throw place.Unreadable("has neither \"key\" nor \"prefix\" nor \"folder\""),
        _ => throw place.Unreadable("has both \"key\" and \"prefix\", or one of them and \"folder\""),
    };

    private static FolderItem ReadFolder(string path, RecordPlace place) =>
        path.AsSpan().Trim('/').Length > 0 ? new FolderItem(path) : throw place.Unreadable("must not be empty");

    /// <summary>Reads a text that may be null or empty.</summary>
    private static string? Required(ref Utf8JsonReader json, RecordPlace place) =>
        json.TokenType is JsonTokenType.Null ? null : RecordToken.Text(ref json, place);

    /// <summary>
    /// Returns a text, and refuses control characters if the record is new. PostgreSQL cannot store U+0000, and terminals interpret other control
    /// characters.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    private static string? Checked(string? text, RecordPlace place, bool isStrict) =>
        isStrict && text?.FirstOrDefault(char.IsControl, ' ') is { } found and not ' '
            ? throw place.Unreadable($"must not contain control characters, and has U+{(int)found:X4}")
            : text;

    private static string NotEmpty(string text, RecordPlace place) => text.Length > 0 ? text : throw place.Unreadable("must not be empty");

    private static long? ReadSize(ref Utf8JsonReader json, RecordPlace place) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.Number when json.TryGetInt64(out var size) && size >= 0 => size,
        _ => throw place.Unreadable("must be a whole number of bytes, 0 or more"),
    };

    private static uint? ReadCrc32(ref Utf8JsonReader json, RecordPlace place) =>
        json.TokenType is JsonTokenType.Null ? null
        : RecordToken.Text(ref json, place) is { Length: 8 } text
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc) ? crc
        : throw place.Unreadable("must be 8 hexadecimal digits");

    private static DateTimeOffset? ReadModified(ref Utf8JsonReader json, RecordPlace place) =>
        json.TokenType is JsonTokenType.Null
            ? null
            : Rfc3339.Parse(RecordToken.Text(ref json, place))
                ?? throw place.Unreadable("must be a time as in RFC 3339, like 2024-05-31T12:00:00Z");

    private static void WriteDescription(Utf8JsonWriter json, ObjectItem item)
    {
        json.WriteString("key", item.Key);
        if (item.Size is { } size)
        {
            json.WriteNumber("size", size);
        }

        WriteText(json, "crc32", item.Crc32?.ToString("x8", CultureInfo.InvariantCulture));
        WriteText(json, "modified", item.Modified is { } modified ? Rfc3339.Write(modified) : null);
    }

    private static void WriteText(Utf8JsonWriter json, string member, string? value)
    {
        if (value is not null)
        {
            json.WriteString(member, value);
        }
    }

    /// <summary>The members of an item that is an object in JSON; null for those that it lacks.</summary>
    private record struct Members(
        string? Key, string? Prefix, string? Folder, string? Name, string? Bucket, long? Size, uint? Crc32, DateTimeOffset? Modified);
}
