using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.Backends;
using Egress.Packing;

namespace Egress.Records.Json;

/// <summary>Reads and writes the array <c>objects</c> of a record (contract §3).</summary>
internal static partial class RecordItems
{
    /// <summary>Reads both forms of items. Unknown members are ignored: a later version may give them a meaning.</summary>
    /// <exception cref="BackendException">Malformed: names the item and the member.</exception>
    public static IReadOnlyCollection<RecordItem> Read(JsonElement objects, RecordPlace place)
    {
        if (objects.ValueKind is not JsonValueKind.Array)
        {
            throw place.Unreadable($"must be an array, not {RecordJson.Describe(objects)}");
        }

        var items = new PackedListBuilder<RecordItem>(RecordItemForm.Instance);
        foreach (var element in objects.EnumerateArray())
        {
            items.Add(ReadItem(element, place with { Index = items.Count }));
        }

        return items.ToList();
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyCollection<RecordItem> items)
    {
        json.WriteStartArray();
        foreach (var item in items)
        {
            WriteItem(json, item);
        }

        json.WriteEndArray();
    }

    private static RecordItem ReadItem(JsonElement element, RecordPlace place) => element.ValueKind switch
    {
        JsonValueKind.String => new ObjectItem(NotEmpty(RecordJson.Text(element, place), place)),
        JsonValueKind.Object => ReadMembers(element, place),
        _ => throw place.Unreadable($"must be a key or an object, not {RecordJson.Describe(element)}"),
    };

    private static RecordItem ReadMembers(JsonElement element, RecordPlace place)
    {
        var name = RecordJson.OptionalText(element, "name", place);
        var bucket = RecordJson.OptionalText(element, "bucket", place);
        return (RecordJson.Optional(element, "key", place), RecordJson.Optional(element, "prefix", place)) switch
        {
            ({ } key, null) => new ObjectItem(ReadKey(key, place))
            {
                Name = name,
                Bucket = bucket,
                Size = ReadSize(element, place with { Member = "size" }),
                Crc32 = ReadCrc32(element, place with { Member = "crc32" }),
                Modified = ReadModified(element, place with { Member = "modified" }),
            },
            (null, { } prefix) => new PrefixItem(RecordJson.Text(prefix, place with { Member = "prefix" })) { Name = name, Bucket = bucket },
            (null, null) => throw place.Unreadable("has neither \"key\" nor \"prefix\""),
            _ => throw place.Unreadable("has both \"key\" and \"prefix\""),
        };
    }

    private static string ReadKey(JsonElement key, RecordPlace place)
    {
        var at = place with { Member = "key" };
        return NotEmpty(RecordJson.Text(key, at), at);
    }

    private static string NotEmpty(string key, RecordPlace place) => key.Length > 0 ? key : throw place.Unreadable("must not be empty");

    private static long? ReadSize(JsonElement element, RecordPlace place) => RecordJson.Optional(element, "size", place) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var size) && size >= 0 => size,
        _ => throw place.Unreadable("must be a whole number of bytes, 0 or more"),
    };

    private static uint? ReadCrc32(JsonElement element, RecordPlace place) => RecordJson.Optional(element, "crc32", place) switch
    {
        null => null,
        { } value when RecordJson.Text(value, place) is { Length: 8 } text
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc) => crc,
        _ => throw place.Unreadable("must be 8 hexadecimal digits"),
    };

    private static DateTimeOffset? ReadModified(JsonElement element, RecordPlace place) => RecordJson.Optional(element, "modified", place) switch
    {
        null => null,
        { } value when RecordJson.Text(value, place) is var text && Rfc3339().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) => time,
        _ => throw place.Unreadable("must be a time as in RFC 3339, like 2024-05-31T12:00:00Z"),
    };

    private static void WriteItem(Utf8JsonWriter json, RecordItem item)
    {
        if (item is ObjectItem { Name: null, Bucket: null, Size: null, Crc32: null, Modified: null } plain)
        {
            json.WriteStringValue(plain.Key);
            return;
        }

        json.WriteStartObject();
        switch (item)
        {
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

    private static void WriteDescription(Utf8JsonWriter json, ObjectItem item)
    {
        json.WriteString("key", item.Key);
        if (item.Size is { } size)
        {
            json.WriteNumber("size", size);
        }

        WriteText(json, "crc32", item.Crc32?.ToString("x8", CultureInfo.InvariantCulture));
        WriteText(json, "modified", item.Modified?.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture));
    }

    private static void WriteText(Utf8JsonWriter json, string member, string? value)
    {
        if (value is not null)
        {
            json.WriteString(member, value);
        }
    }

    // RFC 3339 §5.6: the offset is required, the fraction may have any number of digits.
    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Rfc3339();
}
