using System.Globalization;
using System.Text;

namespace Egress.Records.Sql.Tables;

/// <summary>How ids are stored in a table.</summary>
internal enum IdType
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A signed integer of up to 64 bits.</summary>
    Integer,

    /// <summary>An unsigned integer of up to 64 bits.</summary>
    UnsignedInteger,

    /// <summary>A UUID type of the database.</summary>
    Uuid,

    /// <summary>A UUID as 16 bytes in the order of its text.</summary>
    BinaryUuid,
}

/// <summary>The id column of a table, and the rule that an id matches only itself.</summary>
/// <remarks>
/// Some databases compare loosely (123|x equals 123, abc equals ABC). Without this rule an expired link would work again with another id.
/// </remarks>
/// <param name="Name">The column, as the database spells it.</param>
/// <param name="Type">How ids are stored there.</param>
/// <param name="TypeName">The column's type, as the database names it.</param>
internal sealed record IdColumn(string Name, IdType Type, string TypeName)
{
    /// <summary>Converts the id of a link to a value of the column's type.</summary>
    /// <returns>The value; null if no row can have this id, because the value would be printed differently.</returns>
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
    /// <returns>The id; null if the value has another type than the column had.</returns>
    public string? Print(object stored) => (Type, stored) switch
    {
        (IdType.Text, string text) => text,
        (IdType.Text, byte[] bytes) => Encoding.UTF8.GetString(bytes),
        // Numbers also occur in text columns: a column of SQLite with numeric affinity converts texts that look like numbers.
        (IdType.Integer or IdType.UnsignedInteger or IdType.Text, long or int or short or sbyte or ulong or uint or ushort or byte) =>
            ((IFormattable)stored).ToString(null, CultureInfo.InvariantCulture),
        (IdType.Uuid, Guid uuid) => uuid.ToString("D"),
        (IdType.Uuid, string uuid) => uuid,
        (IdType.BinaryUuid, byte[] { Length: 16 } bytes) => new Guid(bytes, bigEndian: true).ToString("D"),
        _ => null,
    };

    /// <summary>Returns the printed id of the row that an id finds; null if no row can have this id.</summary>
    public string? Printed(string id) => Parse(id) is { } value ? Print(value) : null;

    /// <summary>Whether the id of a link is the printed id of a row.</summary>
    public bool Matches(string id, string printed) =>
        string.Equals(id, printed, Type is IdType.Uuid or IdType.BinaryUuid ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private object? IfPrinted(object value, string id) => Print(value) is { } printed && Matches(id, printed) ? value : null;
}
