namespace Egress.Packing;

/// <summary>Builds a packed list from items, which are added one after the other.</summary>
/// <param name="form">The format of the items.</param>
/// <param name="output">Receives the packed items.</param>
internal sealed class PackedListBuilder<T>(IPackedForm<T> form, ChunkedBytesWriter output)
{
    private readonly PackWriter _writer = new();
    private readonly List<long> _starts = [output.Length];

    /// <param name="form">The format of the items.</param>
    public PackedListBuilder(IPackedForm<T> form)
        : this(form, new ChunkedBytesWriter())
    {
    }

    /// <summary>The number of items that were added so far.</summary>
    public int Count { get; private set; }

    /// <summary>The offset of each block in the output, and the end of the last block. Complete after <see cref="End"/>.</summary>
    public IReadOnlyList<long> Starts => _starts;

    /// <summary>The texts that the items share, by index.</summary>
    public IReadOnlyList<string> SharedTexts => _writer.SharedTexts;

    /// <summary>Adds the next item.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">One of its texts is not Unicode.</exception>
    public void Add(T item)
    {
        form.Write(_writer, item);
        if (++Count % PackedList<T>.BlockLength == 0)
        {
            EndBlock();
        }
    }

    /// <summary>Writes the last block to the output. Called once, after the last item was added.</summary>
    public void End()
    {
        if (Count % PackedList<T>.BlockLength > 0)
        {
            EndBlock();
        }
    }

    /// <summary>Returns the list of all added items. Called once, as the last call. Only for an output that contains nothing else.</summary>
    public PackedList<T> ToList()
    {
        End();
        return new PackedList<T>(form, output.ToBytes(), [.. _starts], SharedTexts, Count);
    }

    private void EndBlock() => _starts.Add(_starts[^1] + _writer.EndBlock(output));
}
