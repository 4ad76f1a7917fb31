using System.Data.Common;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>
/// The column with the state of the link in a look-up of a record. With this column a revocation takes effect at once and needs no separate
/// statement.
/// </summary>
/// <remarks>If the table of links did not exist, the column shows whether it exists now.</remarks>
internal sealed class SqlLinkColumn(SqlOwnTable table)
{
    /// <summary>The value that means that the table exists now and the look-up must be repeated.</summary>
    public const long TableAppeared = -1;

    /// <summary>Whether the table of links was found.</summary>
    public bool WasSeen
    {
        get => table.WasSeen;
        set => table.WasSeen = value;
    }

    /// <summary>Returns the expression of the column, with a name. Adds its parameters.</summary>
    /// <param name="command">The look-up.</param>
    /// <param name="printedId">The printed id of the row.</param>
    public string Select(DbCommand command, string printedId) => table.WasSeen
        ? $"(SELECT COALESCE(l.revoked_at, {TableAppeared} - l.max_downloads, 0) FROM {table.Name} l "
            + $"WHERE l.link_key = {SqlOwnTable.Parameter(command, LinkCursor.KeyOf(printedId))}) AS egress_link"
        : $"CASE WHEN {table.ExistsExpression} THEN {TableAppeared} END AS egress_link";

    /// <summary>
    /// Converts a value of the column: null means no entry, 0 an entry without a limit, a positive number a revoked link, and a number below -1 the
    /// limit.
    /// </summary>
    public static LinkState? StateOf(long? value) =>
        value is null or TableAppeared ? null : new LinkState(value > 0) { MaxDownloads = value < TableAppeared ? TableAppeared - value : null };
}
