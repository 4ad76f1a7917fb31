using System.Data.Common;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>The column of a look-up that has the state of the link, so that a revocation counts at once and needs no separate statement.</summary>
/// <remarks>Where the table of links does not exist, the column shows whether it has appeared.</remarks>
internal sealed class SqlLinkColumn(SqlOwnTable table)
{
    /// <summary>The value that means: the table exists now, so that the look-up has to be repeated.</summary>
    public const long TableAppeared = -1;

    /// <summary>Whether the table of links was seen.</summary>
    public bool WasSeen
    {
        get => table.WasSeen;
        set => table.WasSeen = value;
    }

    /// <summary>The expression of the column, with a name. Adds its parameters.</summary>
    /// <param name="command">The look-up.</param>
    /// <param name="printedId">The id as its row prints it.</param>
    public string Select(DbCommand command, string printedId) => table.WasSeen
        ? $"(SELECT COALESCE(l.revoked_at, {TableAppeared} - l.max_downloads, 0) FROM {table.Name} l "
            + $"WHERE l.link_key = {SqlOwnTable.Parameter(command, LinkCursor.KeyOf(printedId))}) AS egress_link"
        : $"CASE WHEN {table.ExistsExpression} THEN {TableAppeared} END AS egress_link";

    /// <summary>The meaning of a value of the column: null for no entry, 0 for one without a limit, above 0 when it was revoked, and below -1 its limit.</summary>
    public static LinkState? StateOf(long? value) =>
        value is null or TableAppeared ? null : new LinkState(value > 0) { MaxDownloads = value < TableAppeared ? TableAppeared - value : null };
}
