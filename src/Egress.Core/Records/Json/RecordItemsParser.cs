using System.Text.Json;
using Egress.Backends;
using Egress.Packing;

namespace Egress.Records.Json;

/// <summary>Parses the array <c>objects</c> of one record in pieces, as they arrive, and packs its items.</summary>
/// <param name="place">The place of the array, for messages.</param>
/// <param name="limits">The limit of objects.</param>
internal sealed class RecordItemsParser(RecordPlace place, RecordLimits limits)
{
    private readonly PackedListBuilder<RecordItem> _items = new(RecordItemForm.Instance);
    private JsonReaderState _state;
    private bool _hasBegun;
    private int _objects;

    /// <summary>Whether the record has more objects than the limit allows. The rest of the array is then not read.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Returns the items that were read. It may be called only once, after the last piece.</summary>
    public IReadOnlyCollection<RecordItem> ToList() => _items.ToList();

    /// <summary>Parses the complete items in a piece of the array.</summary>
    /// <param name="utf8">The bytes that were not consumed before, and the bytes that follow them.</param>
    /// <param name="isLast">Whether this is the end of the array.</param>
    /// <returns>The number of consumed bytes.</returns>
    /// <exception cref="BackendException">Malformed: names the item and the member.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public int Parse(ReadOnlySpan<byte> utf8, bool isLast)
    {
        var json = new Utf8JsonReader(utf8, isLast, _state);
        while (!HasMore && ReadNext(ref json))
        {
            if (!_hasBegun)
            {
                Begin(ref json);
            }
            else if (json.TokenType is not JsonTokenType.EndArray)
            {
                Add(RecordItemJson.Read(ref json, place with { Index = _items.Count }));
            }
        }

        _state = json.CurrentState;
        return (int)json.BytesConsumed;
    }

    /// <summary>Parses the array at the position of a reader whose buffer holds all of it. Afterwards the reader is at the end of the array.</summary>
    /// <exception cref="BackendException">Malformed: names the item and the member.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public void Parse(ref Utf8JsonReader json)
    {
        Begin(ref json);
        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            if (HasMore)
            {
                json.Skip();
            }
            else
            {
                Add(RecordItemJson.Read(ref json, place with { Index = _items.Count }));
            }
        }
    }

    private void Begin(ref Utf8JsonReader json) => _hasBegun = json.TokenType is JsonTokenType.StartArray
        ? true
        : throw place.Unreadable($"must be an array, not {RecordToken.Describe(json.TokenType)}");

    private void Add(RecordItem item)
    {
        HasMore = item is ObjectItem && limits.MaxObjects > 0 && ++_objects > limits.MaxObjects;
        if (!HasMore)
        {
            _items.Add(item);
        }
    }

    /// <summary>Moves to the next token. Returns false if the token starts an item whose end is not in the buffer yet.</summary>
    private bool ReadNext(ref Utf8JsonReader json)
    {
        var before = json;
        if (!json.Read())
        {
            return false;
        }

        var end = json;
        if (_hasBegun && !end.TrySkip())
        {
            json = before;
            return false;
        }

        return true;
    }
}
