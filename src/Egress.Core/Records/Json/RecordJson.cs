using System.Text.Json;
using Egress.Backends;

namespace Egress.Records.Json;

/// <summary>What every reader of a record's JSON needs: each failure is a <see cref="BackendException"/> that names the place.</summary>
/// <remarks>The parser checks whether a name or a text is valid Unicode only when it is asked for.</remarks>
internal static class RecordJson
{
    public static JsonDocument Parse(string json, RecordPlace place)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw NotJson(exception, place);
        }
        catch (ArgumentException exception)
        {
            // A surrogate without its twin cannot be written as UTF-8, which the parser works on.
            throw place.Unreadable("is not valid Unicode", exception);
        }
    }

    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, RecordPlace place)
    {
        try
        {
            return JsonDocument.Parse(utf8);
        }
        catch (JsonException exception)
        {
            throw NotJson(exception, place);
        }
    }

    /// <summary>The members of an object, in their order.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement element, RecordPlace place)
    {
        foreach (var member in element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException exception)
            {
                throw BadName(exception, place);
            }

            yield return (name, member.Value);
        }
    }

    /// <summary>A member that may be left out or null.</summary>
    public static JsonElement? Optional(JsonElement parent, string member, RecordPlace place)
    {
        try
        {
            return parent.TryGetProperty(member, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException exception)
        {
            throw BadName(exception, place);
        }
    }

    /// <summary>A text member that may be left out or null; empty counts as left out.</summary>
    public static string? OptionalText(JsonElement parent, string member, RecordPlace place) =>
        Optional(parent, member, place) is { } value && Text(value, place with { Member = member }) is { Length: > 0 } text ? text : null;

    public static string Text(JsonElement value, RecordPlace place)
    {
        if (value.ValueKind is not JsonValueKind.String)
        {
            throw place.Unreadable($"must be text, not {Describe(value)}");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw place.Unreadable("is not valid Unicode", exception);
        }
    }

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    private static BackendException BadName(InvalidOperationException exception, RecordPlace place) =>
        place.Unreadable("has a member whose name is not valid Unicode", exception);

    private static BackendException NotJson(JsonException exception, RecordPlace place) =>
        place.Unreadable($"is not valid JSON: {exception.Message.TrimEnd('.')}", exception);
}
