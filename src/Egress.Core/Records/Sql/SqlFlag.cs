using System.Data.Common;
using System.Globalization;
using Egress.Records.Json;

namespace Egress.Records.Sql;

/// <summary>Reads a column whose values are true or false. The type of the column may be boolean, number or text.</summary>
internal static class SqlFlag
{
    /// <summary>Reads a column that is not null and holds a boolean or a number.</summary>
    /// <returns>The value as text for <see cref="Parse"/>; null if the column is a text, which is not read.</returns>
    /// <exception cref="Backends.BackendException">The column has another type.</exception>
    public static string? TryRead(DbDataReader reader, int ordinal, RecordPlace place)
    {
        var type = reader.GetFieldType(ordinal);
        if (type == typeof(string) || type == typeof(byte[]))
        {
            return null;
        }

        return reader.GetValue(ordinal) switch
        {
            bool flag => flag ? "1" : "0",
            (sbyte or byte or short or ushort or int or uint or long or ulong or decimal) and var number => Convert.ToString(number, CultureInfo.InvariantCulture)!,
            _ => throw place.Unreadable($"has the type {reader.GetDataTypeName(ordinal)}; it must be a boolean, a number or text"),
        };
    }

    /// <summary>Converts the text of a value to a boolean.</summary>
    /// <exception cref="Backends.BackendException">The value is neither true nor false.</exception>
    public static bool Parse(string text, RecordPlace place) => text.ToLowerInvariant() switch
    {
        "1" or "true" => true,
        "0" or "false" => false,
        _ => throw place.Unreadable("must be true or false (1 or 0)"),
    };
}
