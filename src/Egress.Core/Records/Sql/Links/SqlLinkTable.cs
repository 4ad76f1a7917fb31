using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>The table of links, in the schema of the records. Its times are Unix times in milliseconds, except the expiry, which is in seconds.</summary>
internal static class SqlLinkTable
{
    /// <summary>Name of the table of links.</summary>
    public const string Name = "egress_links";

    /// <summary>Returns the table, which is created in the database when the first link is stored.</summary>
    public static SqlOwnTable Create(SqlDialect dialect, string recordsTable) => new(dialect, recordsTable, Name, Columns(dialect), "created_at");

    /// <summary>Returns the definitions of the columns for the statement that creates the table.</summary>
    public static string Columns(SqlDialect dialect) =>
        $"link_key VARCHAR(64) NOT NULL PRIMARY KEY, id {dialect.TextType} NOT NULL, created_at BIGINT NOT NULL, created_by {dialect.NameType}, "
        + "expires_at BIGINT, revoked_at BIGINT, revoked_by VARCHAR(64), downloads_used BIGINT NOT NULL DEFAULT 0, "
        + "bytes_delivered BIGINT NOT NULL DEFAULT 0, last_at BIGINT, last_status VARCHAR(16), last_reason VARCHAR(32), last_bytes BIGINT, "
        + $"repetition_key VARCHAR(64) UNIQUE, body_digest VARCHAR(64), summary {dialect.TextType}, "
        + $"max_downloads BIGINT, budget_version BIGINT NOT NULL DEFAULT 0, budget {dialect.TextType}, "
        + $"callback_state VARCHAR(16), callback_attempts BIGINT, callback_answer {dialect.TextType}";
}
