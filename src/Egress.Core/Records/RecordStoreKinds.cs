using Egress.Records.Redis;
using Egress.Records.Sql.MySql;
using Egress.Records.Sql.Postgres;
using Egress.Records.Sql.Sqlite;

namespace Egress.Records;

/// <summary>The list of all kinds of record stores.</summary>
internal static class RecordStoreKinds
{
    /// <summary>The kinds, in the order in which they are documented.</summary>
    public static IReadOnlyList<IRecordStoreKind> All { get; } = [new PostgresKind(), new MySqlKind(), new RedisKind(), new SqliteKind()];

    /// <summary>The formats of the URLs of all kinds, as the rest of a sentence.</summary>
    public static string AllowedForms { get; } = $"allowed: {List("and", All.SelectMany(static kind => kind.Forms))}";

    /// <summary>The URL formats of all kinds, in Markdown.</summary>
    public static string Forms { get; } = List("or", All.SelectMany(static kind => kind.Forms).Select(static form => $"`{form}`"));

    /// <summary>The URL schemes of all kinds, in Markdown.</summary>
    public static string Beginnings { get; } = List(
        "or", All.SelectMany(static kind => kind.Schemes.Select(scheme => kind.IsFile ? $"`{scheme}:`" : $"`{scheme}://`")));

    /// <summary>Returns the kind whose URLs have a scheme; null if there is none.</summary>
    public static IRecordStoreKind? Find(string scheme) =>
        All.FirstOrDefault(kind => kind.Schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase));

    private static string List(string conjunction, IEnumerable<string> items)
    {
        var list = items.ToList();
        return $"{string.Join(", ", list.SkipLast(1))} {conjunction} {list[^1]}";
    }
}
