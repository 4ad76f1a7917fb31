namespace Egress.Records.Sql.Tables;

/// <summary>Checks the names of tables and columns that an operator chose, because SQL statements contain them in quotes.</summary>
internal static class SqlNames
{
    // The longest name of a table or column that MySQL allows, in characters; PostgreSQL allows 63.
    private const int MaxLength = 64;

    /// <summary>Checks the name of a table, which may be preceded by a schema: <c>downloads</c>, <c>app.downloads</c>.</summary>
    /// <returns>Null if it is valid; otherwise what is allowed, as the rest of a sentence.</returns>
    public static string? CheckTable(string name) => name.Split('.') is { Length: 1 or 2 } parts && parts.All(IsName)
        ? null
        : "letters, digits and _ $ - only, not starting with a digit or -, at most 64, optionally after a schema and a dot";

    /// <summary>Checks the name of a column.</summary>
    /// <returns>Null if it is valid; otherwise what is allowed, as the rest of a sentence.</returns>
    public static string? CheckColumn(string name) => IsName(name)
        ? null
        : "letters, digits and _ $ - only, not starting with a digit or -, at most 64";

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength
        && (char.IsLetter(name[0]) || name[0] == '_')
        && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '$' or '-');
}
