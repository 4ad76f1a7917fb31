using System.Data.Common;
using System.Globalization;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>Reads and writes rows of the table of links.</summary>
internal static class SqlLinkRow
{
    /// <summary>The columns that <see cref="Read"/> reads, in this order.</summary>
    public const string Columns =
        "id, created_at, created_by, expires_at, revoked_at, revoked_by, downloads_used, bytes_delivered, last_at, last_status, last_reason, "
        + "last_bytes, summary, body_digest, max_downloads, callback_state, callback_attempts, callback_answer";

    /// <summary>Returns the link in the current row of the reader.</summary>
    public static LinkEntry Read(DbDataReader row) => new(row.GetString(0), Milliseconds(row.GetInt64(1)))
    {
        CreatedBy = Text(row, 2),
        ExpiresAt = Number(row, 3) is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        RevokedAt = Number(row, 4) is { } revoked ? Milliseconds(revoked) : null,
        RevokedBy = Text(row, 5),
        DownloadsUsed = row.GetInt64(6),
        BytesDelivered = row.GetInt64(7),
        LastTransfer = Number(row, 8) is { } at
            ? new LinkTransfer(Milliseconds(at), Text(row, 9) ?? "", Text(row, 10), Number(row, 11) ?? 0, IsWhole: false)
            : null,
        Summary = Text(row, 12),
        BodyDigest = Text(row, 13),
        MaxDownloads = Number(row, 14),
        Callback = Text(row, 15) is { } state ? new LinkCallback(state, (int)(Number(row, 16) ?? 0), Text(row, 17)) : null,
    };

    /// <summary>Returns the statement that inserts a link, and adds its parameters.</summary>
    public static void Insert(DbCommand command, string table, LinkEntry link, string? idempotencyKey)
    {
        (string Column, object? Value)[] values =
        [
            ("link_key", LinkCursor.KeyOf(link.Id)), ("id", link.Id), ("created_at", link.CreatedAt.ToUnixTimeMilliseconds()),
            ("created_by", link.CreatedBy), ("expires_at", link.ExpiresAt?.ToUnixTimeSeconds()),
            ("revoked_at", link.RevokedAt?.ToUnixTimeMilliseconds()), ("revoked_by", link.RevokedBy), ("summary", link.Summary),
            ("repetition_key", idempotencyKey), ("body_digest", link.BodyDigest), ("max_downloads", link.MaxDownloads),
        ];
        var given = values.Where(static value => value.Value is not null).ToList();
        command.CommandText = $"INSERT INTO {table} ({string.Join(", ", given.Select(static value => value.Column))}) "
            + $"VALUES ({string.Join(", ", given.Select(value => SqlOwnTable.Parameter(command, value.Value!)))})";
    }

    /// <summary>
    /// Returns the statement that replaces the link in a row by a new one with the same id, and adds its parameters. A revoked link is not replaced.
    /// </summary>
    public static void Replace(DbCommand command, string table, LinkEntry link, string? idempotencyKey)
    {
        string P(object? value) => value is null ? "NULL" : SqlOwnTable.Parameter(command, value);
        command.CommandText = $"UPDATE {table} SET created_at = {P(link.CreatedAt.ToUnixTimeMilliseconds())}, created_by = {P(link.CreatedBy)}, "
            + $"expires_at = {P(link.ExpiresAt?.ToUnixTimeSeconds())}, summary = {P(link.Summary)}, repetition_key = {P(idempotencyKey)}, "
            + $"body_digest = {P(link.BodyDigest)}, max_downloads = {P(link.MaxDownloads)}, downloads_used = 0, bytes_delivered = 0, last_at = NULL, "
            + "last_status = NULL, last_reason = NULL, last_bytes = NULL, budget_version = budget_version + 1, budget = NULL, callback_state = NULL, "
            + $"callback_attempts = NULL, callback_answer = NULL WHERE link_key = {P(LinkCursor.KeyOf(link.Id))} AND revoked_at IS NULL";
    }

    /// <summary>Executes a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="statement">Writes the statement and adds its parameters.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>The number of rows that were inserted or found. A found row counts even if its values did not change.</returns>
    public static async Task<int> ExecuteAsync(DbConnection connection, Func<DbCommand, string> statement, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement(command);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the SQL condition for the links of a selection, and adds its parameters.</summary>
    public static string Where(DbCommand command, LinkSelection selection)
    {
        var conditions = new List<string> { "1 = 1" };
        if (selection.CreatedBy is { } by)
        {
            conditions.Add($"created_by = {SqlOwnTable.Parameter(command, by)}");
        }

        if (selection.After is { } after)
        {
            // The parameter is added twice, because not every driver accepts a name that occurs twice.
            var (before, same) = (SqlOwnTable.Parameter(command, after.CreatedAt), SqlOwnTable.Parameter(command, after.CreatedAt));
            conditions.Add($"(created_at < {before} OR (created_at = {same} AND link_key < {SqlOwnTable.Parameter(command, after.Key)}))");
        }

        string Now() => SqlOwnTable.Parameter(command, selection.Now.ToUnixTimeSeconds());
        switch (selection.Condition)
        {
            case LinkCondition.Active: conditions.Add($"revoked_at IS NULL AND (expires_at IS NULL OR expires_at >= {Now()})"); break;
            case LinkCondition.Revoked: conditions.Add("revoked_at IS NOT NULL"); break;
            case LinkCondition.Expired: conditions.Add($"revoked_at IS NULL AND expires_at < {Now()}"); break;
            case null: break;
        }

        return string.Create(
            CultureInfo.InvariantCulture, $"WHERE {string.Join(" AND ", conditions)} ORDER BY created_at DESC, link_key DESC LIMIT {selection.Limit + 1}");
    }

    private static string? Text(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);

    private static long? Number(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetInt64(ordinal);

    private static DateTimeOffset Milliseconds(long unixTime) => DateTimeOffset.FromUnixTimeMilliseconds(unixTime);
}
