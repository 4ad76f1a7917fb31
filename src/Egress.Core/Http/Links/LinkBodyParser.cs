using System.Text.Json;
using Egress.Backends;
using Egress.Links;
using Egress.Packing;
using Egress.Records;
using Egress.Records.Json;
using Egress.Settings.Formats;

namespace Egress.Http.Links;

/// <summary>Parses the body of one request for a link in pieces, as they arrive. Keeps only the packed form of the objects.</summary>
/// <param name="maxObjects">The largest number of objects that the body may name one by one; zero is unlimited.</param>
internal sealed class LinkBodyParser(int maxObjects)
{
    /// <summary>The number of faults after which parsing stops.</summary>
    private const int MostErrors = 20;

    /// <summary>The largest number of downloads to which a link can be limited.</summary>
    public const int MostDownloads = 1_000_000;

    /// <summary>The names of the fields that a request for a link may have.</summary>
    public static readonly IReadOnlyList<string> Members =
        ["bucket", "objects", "id", "name", "callback", "password", "custom_headers", "checksum_file", "max_downloads", "expires_in", "expires_at", "check"];

    private readonly PackedListBuilder<RecordItem> _items = new(RecordItemForm.Instance);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private JsonReaderState _state;
    private Stage _stage;
    private int _count;
    private int _objects;

    private enum Stage
    {
        Start,
        Members,
        Items,
        End,
    }

    /// <summary>The body that was read.</summary>
    public LinkBody Body { get; } = new();

    /// <summary>Whether reading can stop, because there are too many objects or faults.</summary>
    public bool IsOver => Body.HasMoreObjects || Body.Errors.Count >= MostErrors;

    /// <summary>Parses the complete tokens in a piece of the body.</summary>
    /// <param name="utf8">The bytes that were not consumed before, and the bytes that follow them.</param>
    /// <param name="isLast">Whether this is the end of the body.</param>
    /// <returns>The number of consumed bytes.</returns>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public int Parse(ReadOnlySpan<byte> utf8, bool isLast)
    {
        var json = new Utf8JsonReader(utf8, isLast, _state);
        while (!IsOver && ReadNext(ref json))
        {
        }

        _state = json.CurrentState;
        return (int)json.BytesConsumed;
    }

    private bool ReadNext(ref Utf8JsonReader json)
    {
        var before = json;
        if (!json.Read())
        {
            return false;
        }

        var isComplete = (_stage, json.TokenType) switch
        {
            (Stage.Start, JsonTokenType.StartObject) => Go(Stage.Members),
            (Stage.Start, var token) => throw new JsonException($"The body must be an object, not {RecordToken.Describe(token)}"),
            (Stage.Members, JsonTokenType.EndObject) => Go(Stage.End),
            (Stage.Members, _) => TryReadMember(ref json),
            (Stage.Items, JsonTokenType.EndArray) => EndItems(),
            (Stage.Items, _) => TryReadItem(ref json),
            (Stage.End, _) => false,
        };
        json = isComplete ? json : before;
        return isComplete;
    }

    private bool Go(Stage stage)
    {
        _stage = stage;
        return true;
    }

    private bool EndItems()
    {
        Body.Objects = _items.ToList();
        return Go(Stage.Members);
    }

    private bool TryReadItem(ref Utf8JsonReader json)
    {
        var end = json;
        if (!end.TrySkip())
        {
            return false;
        }

        var place = new RecordPlace("", "objects", _count++);
        Try(place, ref json, (ref Utf8JsonReader item) =>
        {
            var read = RecordItemJson.Read(ref item, place, isStrict: true);
            Body.HasMoreObjects = read is ObjectItem && maxObjects > 0 && ++_objects > maxObjects;
            _items.Add(read);
        });
        json = end;
        return true;
    }

    private bool TryReadMember(ref Utf8JsonReader json)
    {
        var whole = new RecordPlace("", "body");
        string? name = null;
        Try(whole, ref json, (ref Utf8JsonReader member) => name = RecordToken.Name(ref member, whole));
        if (!json.Read())
        {
            return false;
        }

        if (name == "objects" && json.TokenType is JsonTokenType.StartArray && !_seen.Contains(name))
        {
            _seen.Add(name);
            return Go(Stage.Items);
        }

        var end = json;
        if (!end.TrySkip())
        {
            return false;
        }

        if (name is not null)
        {
            var place = new RecordPlace("", name);
            Try(place, ref json, (ref Utf8JsonReader value) => ReadMember(place, ref value));
        }

        json = end;
        return true;
    }

    private void ReadMember(RecordPlace place, ref Utf8JsonReader json)
    {
        if (!Members.Contains(place.Field, StringComparer.Ordinal))
        {
            var similar = Similarity.Closest(place.Field, Members.Select(static name => name.ToUpperInvariant()))?.ToLowerInvariant();
            throw place.Unreadable(similar is null ? $"is not a field of a link; allowed: {string.Join(", ", Members)}" : $"is not a field of a link; did you mean {similar}?");
        }

        if (!_seen.Add(place.Field))
        {
            throw place.Unreadable("is given twice");
        }

        switch (place.Field)
        {
            case "bucket": Body.Bucket = json.TokenType is JsonTokenType.Null ? null : RecordToken.Text(ref json, place); break;
            case "id": Body.Id = json.TokenType is JsonTokenType.Null ? null : RecordToken.Text(ref json, place); break;
            case "name": Body.Name = RecordToken.OptionalText(ref json, place, isStrict: true); break;
            case "callback": Body.Callback = RecordToken.OptionalText(ref json, place, isStrict: true); break;
            case "password": Body.Password = RecordToken.OptionalText(ref json, place, isStrict: true); break;
            case "expires_in": Body.ExpiresIn = RecordToken.OptionalText(ref json, place, isStrict: true); break;
            case "expires_at": Body.ExpiresAt = RecordToken.OptionalText(ref json, place, isStrict: true); break;
            case "custom_headers": Body.CustomHeaders = RecordHeaders.Read(ref json, place, isStrict: true); break;
            case "check": Body.Check = RecordToken.OptionalBoolean(ref json, place) ?? true; break;
            case "checksum_file": Body.ChecksumFile = RecordToken.OptionalBoolean(ref json, place); break;
            case "max_downloads": Body.MaxDownloads = Count(ref json, place); break;
            case "objects" when json.TokenType is not JsonTokenType.Null:
                throw place.Unreadable($"must be an array, not {RecordToken.Describe(json.TokenType)}");
        }
    }

    private static long? Count(ref Utf8JsonReader json, RecordPlace place) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.Number when json.TryGetInt64(out var count) && count is >= 1 and <= MostDownloads => count,
        _ => throw place.Unreadable($"must be a whole number from 1 to {MostDownloads}"),
    };

    private delegate void ReadValue(ref Utf8JsonReader json);

    /// <summary>Reads a value. Collects the fault if the value cannot be used, so that one response can report several faults.</summary>
    private void Try(RecordPlace place, ref Utf8JsonReader json, ReadValue read)
    {
        try
        {
            read(ref json);
        }
        catch (BackendException fault) when (fault.Unreadable is { } unreadable)
        {
            Body.Errors.Add(new FieldError(Shorten(unreadable.Place.Length > 0 ? unreadable.Place : place.ToString()), unreadable.Problem));
        }
    }

    /// <summary>Shortens the name of a field, because names come from the client and may be long.</summary>
    private static string Shorten(string field) => Requests.PrintableText.Shorten(field);
}
