namespace Egress.Packing;

/// <summary>Writes items of one kind in few bytes, and reads them.</summary>
internal interface IPackedForm<T>
{
    /// <summary>Writes an item.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">One of its texts is not Unicode.</exception>
    void Write(PackWriter writer, T item);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    T Read(ref PackReader reader);
}
