using System.Text.Json;
using Egress.Backends;

namespace Egress.Records.Json;

/// <summary>Reads and writes the object <c>custom_headers</c> of a record.</summary>
internal static class RecordHeaders
{
    /// <summary>Reads the headers as they stand; which of them may be sent is decided where they are sent.</summary>
    /// <returns>The headers, names without regard to case: the last of equal names counts.</returns>
    /// <exception cref="BackendException">Malformed: names the header.</exception>
    public static IReadOnlyDictionary<string, string> Read(JsonElement headers, RecordPlace place)
    {
        var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (headers.ValueKind is JsonValueKind.Null)
        {
            return read;
        }

        if (headers.ValueKind is not JsonValueKind.Object)
        {
            throw place.Unreadable($"must be an object, not {RecordJson.Describe(headers)}");
        }

        foreach (var (name, value) in RecordJson.Members(headers, place))
        {
            read[name] = RecordJson.Text(value, place with { Member = name });
        }

        return read;
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, string> headers)
    {
        json.WriteStartObject();
        foreach (var (name, value) in headers)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
