namespace Egress.Packing;

/// <summary>Packs items one after the other.</summary>
/// <param name="form">How they are written.</param>
internal sealed class PackedListBuilder<T>(IPackedForm<T> form)
{
    private readonly PackWriter _writer = new();
    private readonly List<byte[]> _blocks = [];

    /// <summary>How many items there are so far.</summary>
    public int Count { get; private set; }

    /// <summary>Takes the next item.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">One of its texts is not Unicode.</exception>
    public void Add(T item)
    {
        form.Write(_writer, item);
        if (++Count % PackedList<T>.BlockLength == 0)
        {
            _blocks.Add(_writer.EndBlock());
        }
    }

    /// <summary>All that was added. Called once, and last.</summary>
    public PackedList<T> ToList()
    {
        if (Count % PackedList<T>.BlockLength > 0)
        {
            _blocks.Add(_writer.EndBlock());
        }

        return new PackedList<T>(form, _blocks, _writer.SharedTexts, Count);
    }
}
