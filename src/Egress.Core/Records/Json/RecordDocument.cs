using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Egress.Backends;
using Egress.Records.Links;

namespace Egress.Records.Json;

/// <summary>Reads and writes a whole record as one JSON object, which is how key-value stores keep it.</summary>
internal static class RecordDocument
{
    // Writes JSON without escaping characters that are special in HTML, so that keys are readable in the store. The JSON is never part of an HTML
    // page.
    private static readonly JsonWriterOptions Legible = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a record. It gets the id with which it was looked up, and a member <c>id</c> of the JSON is ignored.</summary>
    /// <exception cref="BackendException">Malformed: names the field.</exception>
    public static DownloadRecord Read(string id, ReadOnlyMemory<byte> utf8, RecordLimits limits = default, LinkState? link = null)
    {
        var whole = new RecordPlace(id, "value");
        if (!limits.Allows(utf8.Length))
        {
            throw whole.TooLarge(limits);
        }

        try
        {
            return Read(id, utf8.Span, whole, limits, link);
        }
        catch (JsonException exception)
        {
            throw RecordToken.NotJson(exception, whole);
        }
    }

    /// <summary>Writes a record in the format that <see cref="Read(string, ReadOnlyMemory{byte}, RecordLimits, LinkState?)"/> reads.</summary>
    public static ReadOnlyMemory<byte> Write(DownloadRecord record) => ToJson(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", record.Id);
        json.WriteString("bucket", record.Bucket);
        json.WritePropertyName("objects");
        WriteItems(json, record.Objects);
        WriteText(json, "name", record.Name);
        WriteText(json, "callback", record.Callback);
        WriteText(json, "password", record.Password);
        if (record.ChecksumFile is { } checksumFile)
        {
            json.WriteBoolean("checksum_file", checksumFile);
        }

        if (record.CustomHeaders.Count > 0)
        {
            json.WritePropertyName("custom_headers");
            RecordHeaders.Write(json, record.CustomHeaders);
        }

        json.WriteEndObject();
    });

    /// <summary>Writes the array <c>objects</c>.</summary>
    public static void WriteItems(Utf8JsonWriter json, IReadOnlyCollection<RecordItem> items)
    {
        json.WriteStartArray();
        foreach (var item in items)
        {
            RecordItemJson.Write(json, item);
        }

        json.WriteEndArray();
    }

    /// <summary>Returns the JSON of a part of a record, written with the options that all records have.</summary>
    public static ReadOnlyMemory<byte> ToJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Legible))
        {
            write(json);
        }

        return buffer.WrittenMemory;
    }

    private static DownloadRecord Read(string id, ReadOnlySpan<byte> utf8, RecordPlace whole, RecordLimits limits, LinkState? link)
    {
        var json = new Utf8JsonReader(utf8);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            throw whole.Unreadable($"must be an object, not {RecordToken.Describe(json.TokenType)}");
        }

        string? bucket = null, name = null, callback = null, password = null;
        bool? checksumFile = null;
        RecordItemsParser? items = null;
        IReadOnlyDictionary<string, string>? headers = null;
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            // Names are compared without regard to case, as Go does, because records that were written for a Go server may rely on it.
            var place = new RecordPlace(id, RecordToken.Name(ref json, whole).ToLowerInvariant());
            json.Read();
            switch (place.Field)
            {
                case "bucket": bucket = RecordToken.OptionalText(ref json, place); break;
                case "name": name = RecordToken.OptionalText(ref json, place); break;
                case "callback": callback = RecordToken.OptionalText(ref json, place); break;
                case "password": password = RecordToken.OptionalText(ref json, place); break;
                case "checksum_file": checksumFile = RecordToken.OptionalBoolean(ref json, place); break;
                case "objects": items = ReadItems(ref json, place, limits); break;
                case "custom_headers": headers = RecordHeaders.Read(ref json, place); break;
                default: json.Skip(); break;
            }
        }

        // The call throws if the text continues after the object.
        json.Read();
        return new DownloadRecord
        {
            Id = id,
            Bucket = bucket ?? "",
            Objects = items?.ToList() ?? throw new RecordPlace(id, "objects").Unreadable("is missing"),
            HasMoreObjects = items.HasMore,
            Name = name,
            Callback = callback,
            Password = password,
            ChecksumFile = checksumFile,
            CustomHeaders = headers ?? new Dictionary<string, string>(),
            Link = link,
        };
    }

    private static RecordItemsParser? ReadItems(ref Utf8JsonReader json, RecordPlace place, RecordLimits limits)
    {
        if (json.TokenType is JsonTokenType.Null)
        {
            return null;
        }

        var parser = new RecordItemsParser(place, limits);
        parser.Parse(ref json);
        return parser;
    }

    private static void WriteText(Utf8JsonWriter json, string member, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(member, value);
        }
    }
}
