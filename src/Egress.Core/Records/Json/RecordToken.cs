using System.Text.Json;
using Egress.Backends;

namespace Egress.Records.Json;

/// <summary>Reads single values of a record's JSON. Each failure is a <see cref="BackendException"/> that names the place.</summary>
internal static class RecordToken
{
    /// <summary>Reads the name of the member at the position of the reader.</summary>
    /// <remarks>The JSON parser only detects invalid Unicode when a string is read.</remarks>
    public static string Name(ref Utf8JsonReader json, RecordPlace place)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw place.Unreadable("has a member whose name is not valid Unicode", exception);
        }
    }

    /// <summary>Reads the text at the position of the reader.</summary>
    public static string Text(ref Utf8JsonReader json, RecordPlace place)
    {
        if (json.TokenType is not JsonTokenType.String)
        {
            throw place.Unreadable($"must be text, not {Describe(json.TokenType)}");
        }

        if (json.ValueSpan.Length > RecordLimits.MaxText)
        {
            throw place.Unreadable($"is longer than {RecordLimits.MaxText} bytes");
        }

        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw place.Unreadable("is not valid Unicode", exception);
        }
    }

    /// <summary>Reads the text at the position of the reader; null for <c>null</c> and for an empty text.</summary>
    /// <param name="json">The reader.</param>
    /// <param name="place">The place of the value, for messages.</param>
    /// <param name="isStrict">Whether an empty text is a fault. In new records it is probably a mistake.</param>
    public static string? OptionalText(ref Utf8JsonReader json, RecordPlace place, bool isStrict = false) =>
        json.TokenType is JsonTokenType.Null ? null
        : Text(ref json, place) is { Length: > 0 } text ? text
        : isStrict ? throw place.Unreadable("must not be empty: leave it out instead")
        : null;

    /// <summary>Reads the boolean at the position of the reader; null for <c>null</c>.</summary>
    public static bool? OptionalBoolean(ref Utf8JsonReader json, RecordPlace place) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        var token => throw place.Unreadable($"must be true or false, not {Describe(token)}"),
    };

    /// <summary>Returns the name of a kind of JSON value, for messages.</summary>
    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>Creates the fault for a text that is not JSON.</summary>
    public static BackendException NotJson(JsonException exception, RecordPlace place) =>
        place.Unreadable($"is not valid JSON: {exception.Message.TrimEnd('.')}", exception);
}
