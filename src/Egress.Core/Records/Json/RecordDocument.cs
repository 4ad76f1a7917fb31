using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Egress.Backends;

namespace Egress.Records.Json;

/// <summary>A whole record as one JSON object: the form of key-value stores.</summary>
internal static class RecordDocument
{
    // Keys stay legible for whoever looks into the store; the text never gets into HTML.
    private static readonly JsonWriterOptions Legible = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a record. The id is the one it was asked for: a member <c>id</c> is not read.</summary>
    /// <exception cref="BackendException">Malformed: names the field.</exception>
    public static DownloadRecord Read(string id, ReadOnlyMemory<byte> utf8)
    {
        var whole = new RecordPlace(id, "value");
        using var document = RecordJson.Parse(utf8, whole);
        var root = document.RootElement;
        if (root.ValueKind is not JsonValueKind.Object)
        {
            throw whole.Unreadable($"must be an object, not {RecordJson.Describe(root)}");
        }

        // Fields are found without regard to case, as in Go: records written for a Go server may rely on it.
        var fields = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in RecordJson.Members(root, whole))
        {
            fields[name] = value;
        }

        var objects = new RecordPlace(id, "objects");
        return new DownloadRecord
        {
            Id = id,
            Bucket = Text(fields, new RecordPlace(id, "bucket")) ?? "",
            Objects = RecordItems.Read(Field(fields, "objects") ?? throw objects.Unreadable("is missing"), objects),
            Name = Text(fields, new RecordPlace(id, "name")),
            Callback = Text(fields, new RecordPlace(id, "callback")),
            Password = Text(fields, new RecordPlace(id, "password")),
            CustomHeaders = Field(fields, "custom_headers") is { } headers
                ? RecordHeaders.Read(headers, new RecordPlace(id, "custom_headers"))
                : new Dictionary<string, string>(),
        };
    }

    /// <summary>Writes a record so that <see cref="Read"/> gives it back.</summary>
    public static ReadOnlyMemory<byte> Write(DownloadRecord record) => ToJson(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", record.Id);
        json.WriteString("bucket", record.Bucket);
        json.WritePropertyName("objects");
        RecordItems.Write(json, record.Objects);
        WriteText(json, "name", record.Name);
        WriteText(json, "callback", record.Callback);
        WriteText(json, "password", record.Password);
        if (record.CustomHeaders.Count > 0)
        {
            json.WritePropertyName("custom_headers");
            RecordHeaders.Write(json, record.CustomHeaders);
        }

        json.WriteEndObject();
    });

    /// <summary>Writes a piece of JSON in the way that all of a record is written.</summary>
    public static ReadOnlyMemory<byte> ToJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Legible))
        {
            write(json);
        }

        return buffer.WrittenMemory;
    }

    private static void WriteText(Utf8JsonWriter json, string member, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(member, value);
        }
    }

    private static string? Text(Dictionary<string, JsonElement> fields, RecordPlace place) =>
        Field(fields, place.Field) is { } value && RecordJson.Text(value, place) is { Length: > 0 } text ? text : null;

    private static JsonElement? Field(Dictionary<string, JsonElement> fields, string name) =>
        fields.TryGetValue(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
}
