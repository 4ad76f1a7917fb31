namespace Egress.Packing;

/// <summary>Reads and writes items of one type in a compact format.</summary>
internal interface IPackedForm<T>
{
    /// <summary>Writes an item.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">One of its texts is not Unicode.</exception>
    void Write(PackWriter writer, T item);

    /// <summary>Reads an item that <see cref="Write"/> wrote.</summary>
    T Read(ref PackReader reader);
}
