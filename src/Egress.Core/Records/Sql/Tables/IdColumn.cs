using System.Globalization;
using System.Text;

namespace Egress.Records.Sql.Tables;

/// <summary>How ids are stored in a column.</summary>
internal enum IdType
{
    /// <summary>The column contains any text.</summary>
    Text,

    /// <summary>The column contains signed integers of up to 64 bits.</summary>
    Integer,

    /// <summary>The column contains unsigned integers of up to 64 bits.</summary>
    UnsignedInteger,

    /// <summary>The column has the UUID type of the database.</summary>
    Uuid,

    /// <summary>The column contains UUIDs as 16 bytes, in the order of their texts.</summary>
    BinaryUuid,
}

/// <summary>The id column of a table. Converts ids, and makes sure that an id matches only itself.</summary>
/// <remarks>
/// Some databases compare loosely: 123|x equals 123, and abc equals ABC. Without this rule, an expired link could be used with another id that finds
/// the same record.
/// </remarks>
/// <param name="Name">The column, as the database spells it.</param>
/// <param name="Type">How ids are stored there.</param>
/// <param name="TypeName">The column's type, as the database names it.</param>
internal sealed record IdColumn(string Name, IdType Type, string TypeName)
{
    /// <summary>Converts the id of a link to a value for the column.</summary>
    /// <returns>The value; null if no row can have this id, because <see cref="Print"/> would return another id for the value.</returns>
    public object? Parse(string id) => Type switch
    {
        // PostgreSQL texts cannot contain NUL.
        IdType.Text => RecordId.IsUnicode(id) && !id.Contains('\0') ? id : null,
        IdType.Integer => long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? IfPrinted(value, id)
            : null,
        IdType.UnsignedInteger => ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? IfPrinted(value, id)
            : null,
        IdType.Uuid => Guid.TryParseExact(id, "D", out var value) ? IfPrinted(value, id) : null,
        IdType.BinaryUuid => Guid.TryParseExact(id, "D", out var value) ? IfPrinted(value.ToByteArray(bigEndian: true), id) : null,
    };

    /// <summary>Converts a stored value to the id of a link.</summary>
    /// <returns>The id; null if the type of the value is not that of the column.</returns>
    public string? Print(object stored) => (Type, stored) switch
    {
        (IdType.Text, string text) => text,
        (IdType.Text, byte[] bytes) => Encoding.UTF8.GetString(bytes),
        // A text column may also contain numbers, because a SQLite column with numeric affinity converts texts that look like numbers.
        (IdType.Integer or IdType.UnsignedInteger or IdType.Text, long or int or short or sbyte or ulong or uint or ushort or byte) =>
            ((IFormattable)stored).ToString(null, CultureInfo.InvariantCulture),
        (IdType.Uuid, Guid uuid) => uuid.ToString("D"),
        (IdType.Uuid, string uuid) => uuid,
        (IdType.BinaryUuid, byte[] { Length: 16 } bytes) => new Guid(bytes, bigEndian: true).ToString("D"),
        _ => null,
    };

    /// <summary>Returns the id, as the store prints it, of the row that an id finds; null if no row can have this id.</summary>
    public string? Printed(string id) => Parse(id) is { } value ? Print(value) : null;

    /// <summary>Whether the id of a link is that of a row.</summary>
    public bool Matches(string id, string printed) =>
        string.Equals(id, printed, Type is IdType.Uuid or IdType.BinaryUuid ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private object? IfPrinted(object value, string id) => Print(value) is { } printed && Matches(id, printed) ? value : null;
}
