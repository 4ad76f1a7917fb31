using System.Text;
using System.Text.Json;
using Egress.Backends;
using Egress.Packing;

namespace Egress.Records.Json;

/// <summary>Reads and writes the object <c>custom_headers</c> of a record.</summary>
internal static class RecordHeaders
{
    /// <summary>Reads the headers from the text of a column.</summary>
    /// <exception cref="BackendException">Malformed: names the header.</exception>
    public static IReadOnlyDictionary<string, string> Read(string text, RecordPlace place)
    {
        try
        {
            var json = new Utf8JsonReader(ToUtf8(text, place));
            json.Read();
            var headers = Read(ref json, place);
            json.Read();
            return headers;
        }
        catch (JsonException exception)
        {
            throw RecordToken.NotJson(exception, place);
        }
    }

    /// <summary>Reads the headers without filtering them. The code that sends them decides which are allowed.</summary>
    /// <param name="json">The reader.</param>
    /// <param name="place">The place of the headers, for messages.</param>
    /// <param name="isStrict">Whether a repeated name is a fault.</param>
    /// <returns>The headers by name, without regard to case. If a name occurs several times, the last value is used.</returns>
    /// <exception cref="BackendException">Malformed: names the header.</exception>
    public static IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader json, RecordPlace place, bool isStrict = false)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (json.TokenType is JsonTokenType.Null)
        {
            return headers;
        }

        if (json.TokenType is not JsonTokenType.StartObject)
        {
            throw place.Unreadable($"must be an object, not {RecordToken.Describe(json.TokenType)}");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = RecordToken.Name(ref json, place);
            json.Read();
            var at = place with { Member = name };
            headers[name] = isStrict && headers.ContainsKey(name)
                ? throw at.Unreadable("is given twice: upper and lower case are the same in names of headers")
                : RecordToken.Text(ref json, at);
        }

        return headers;
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

    private static byte[] ToUtf8(string text, RecordPlace place)
    {
        try
        {
            return PackWriter.Strict.GetBytes(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw place.Unreadable("is not valid Unicode", exception);
        }
    }
}
