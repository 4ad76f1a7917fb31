using System.Data.Common;
using Egress.Records.Sql.Tables;
using Npgsql;
using NpgsqlTypes;

namespace Egress.Records.Sql.Postgres;

/// <summary>The SQL dialect of PostgreSQL.</summary>
internal static class PostgresDialect
{
    public static SqlDialect Dialect { get; } = new()
    {
        Quote = '"',
        ColumnNames = StringComparer.Ordinal,
        BlobType = "BYTEA",
        // For a domain, the query returns the type on which the domain is based.
        ColumnsQuery = """
            WITH RECURSIVE named AS (
                SELECT COALESCE(to_regclass(@written), to_regclass(@folded)) AS id
            ), columns(name, position, type) AS (
                SELECT attname, attnum, atttypid FROM pg_attribute JOIN named ON attrelid = id WHERE attnum > 0 AND NOT attisdropped
                UNION ALL
                SELECT name, position, typbasetype FROM columns JOIN pg_type ON oid = type WHERE typtype = 'd'
            )
            SELECT id::regclass::text, name::text, typname::text
            FROM named, columns JOIN pg_type ON oid = type
            WHERE typtype <> 'd' ORDER BY position
            """,
        // PostgreSQL creates the index in the schema of its table. The statement must not name the schema of the index.
        CreateTable = static (table, columns, indexed) => $"""
            CREATE TABLE IF NOT EXISTS {table} ({columns});
            CREATE INDEX IF NOT EXISTS {table.Split('.')[^1].Trim('"')}_{indexed} ON {table} ({indexed})
            """,
        TableExists = static name => $"to_regclass('{string.Join('.', name.Select(static part => $"\"{part}\""))}') IS NOT NULL",
        ClassifyId = static type => type switch
        {
            "text" or "varchar" or "bpchar" or "citext" or "name" => IdType.Text,
            "int2" or "int4" or "int8" => IdType.Integer,
            "uuid" => IdType.Uuid,
            _ => null,
        },
        // The length is used to leave out long values, because the driver would have to read the rest of a value before the connection can be used
        // again. Only the encodings EUC_TW and MULE_INTERNAL can take more bytes than UTF-8.
        LengthOf = static (column, type) => type is "bytea" ? $"octet_length({column})" : $"octet_length({column}::text)",
        HasLateralJoins = true,
        Classify = PostgresFaults.Classify,
        IsDuplicateKey = static exception => exception.SqlState is PostgresErrorCodes.UniqueViolation,
        CannotHoldId = static exception => exception.SqlState is PostgresErrorCodes.UntranslatableCharacter,
        // A text parameter without a type gets the type of the column (JSON, CHAR(n), CITEXT), so that the index of the column is used.
        AdaptText = static (DbParameter parameter) => ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Unknown,
        OpenText = OpenText,
        ReloadTypes = static (connection, cancellationToken) => ((NpgsqlConnection)connection).ReloadTypesAsync(cancellationToken),
        IsBlankPadded = static type => type is "character" || type.StartsWith("character(", StringComparison.Ordinal),
    };

    /// <summary>Opens the text of a column. Types that the driver cannot read in pieces, such as <c>name</c> and <c>xml</c>, are read completely.</summary>
    private static TextReader OpenText(DbDataReader reader, int ordinal)
    {
        try
        {
            return reader.GetTextReader(ordinal);
        }
        catch (InvalidCastException)
        {
            return new StringReader(reader.GetString(ordinal));
        }
    }
}
