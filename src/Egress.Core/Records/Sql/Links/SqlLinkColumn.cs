using System.Data.Common;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>
/// The additional column in the look-up of a record that contains the state of its link. Because of it, a revocation takes effect immediately,
/// without another statement.
/// </summary>
/// <remarks>If the table of links was not found before, the column shows whether it exists now.</remarks>
internal sealed class SqlLinkColumn(SqlOwnTable table)
{
    /// <summary>The value of the column if the table of links exists now but was not found before. The look-up must then be repeated.</summary>
    public const long TableAppeared = -1;

    /// <summary>Whether the table of links was found.</summary>
    public bool WasSeen
    {
        get => table.WasSeen;
        set => table.WasSeen = value;
    }

    /// <summary>Returns the SQL of the column with its name, and adds its parameters to the look-up.</summary>
    /// <param name="command">The command of the look-up.</param>
    /// <param name="printedId">The printed id of the row.</param>
    public string Select(DbCommand command, string printedId) => table.WasSeen
        ? $"(SELECT COALESCE(l.revoked_at, {TableAppeared} - l.max_downloads, 0) FROM {table.Name} l "
            + $"WHERE l.link_key = {SqlOwnTable.Parameter(command, LinkCursor.KeyOf(printedId))}) AS egress_link"
        : $"CASE WHEN {table.ExistsExpression} THEN {TableAppeared} END AS egress_link";

    /// <summary>
    /// Returns the state of the link for a value of the column. Null means that there is no entry, 0 an entry without a limit of downloads, a
    /// positive number a revoked link, and a number below -1 the limit.
    /// </summary>
    public static LinkState? StateOf(long? value) =>
        value is null or TableAppeared ? null : new LinkState(value > 0) { MaxDownloads = value < TableAppeared ? TableAppeared - value : null };
}
