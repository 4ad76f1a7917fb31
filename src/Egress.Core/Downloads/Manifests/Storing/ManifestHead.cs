using System.Buffers.Binary;
using System.Text;

namespace Egress.Downloads.Manifests.Storing;

/// <summary>The stored value that identifies the form of an archive. It is written after the form, so that it never refers to an incomplete form.</summary>
/// <param name="PlannedAt">When the archive was planned.</param>
/// <param name="Hash">The hash of the form.</param>
/// <param name="Parts">The number of parts in which the form is stored.</param>
/// <param name="ETag">Validator of the archive.</param>
internal readonly record struct ManifestHead(DateTimeOffset PlannedAt, ulong Hash, int Parts, string ETag)
{
    private const int FixedLength = 1 + sizeof(long) + sizeof(ulong) + sizeof(int);

    /// <summary>Returns the stored bytes of the head.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[FixedLength + Encoding.UTF8.GetByteCount(ETag)];
        bytes[0] = ManifestForm.Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), PlannedAt.UtcTicks);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1 + sizeof(long)), Hash);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1 + sizeof(long) + sizeof(ulong)), Parts);
        Encoding.UTF8.GetBytes(ETag, bytes.AsSpan(FixedLength));
        return bytes;
    }

    /// <summary>Reads a head from its stored bytes.</summary>
    /// <returns>The head; null if it has another version.</returns>
    public static ManifestHead? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= FixedLength || bytes[0] != ManifestForm.Version)
        {
            return null;
        }

        var plannedAt = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]);
        var parts = BinaryPrimitives.ReadInt32LittleEndian(bytes[(1 + sizeof(long) + sizeof(ulong))..]);
        return plannedAt < 0 || plannedAt > DateTimeOffset.MaxValue.Ticks || parts <= 0
            ? null
            : new ManifestHead(
                new DateTimeOffset(plannedAt, TimeSpan.Zero),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[(1 + sizeof(long))..]),
                parts,
                Encoding.UTF8.GetString(bytes[FixedLength..]));
    }
}
