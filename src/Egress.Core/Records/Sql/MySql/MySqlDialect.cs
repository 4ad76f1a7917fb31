using Egress.Records.Sql.Tables;
using MySqlConnector;

namespace Egress.Records.Sql.MySql;

/// <summary>The SQL dialect of MySQL and MariaDB.</summary>
internal static class MySqlDialect
{
    public static SqlDialect Dialect { get; } = new()
    {
        Quote = '`',
        ColumnNames = StringComparer.OrdinalIgnoreCase,
        BlobType = "MEDIUMBLOB",
        ColumnsQuery = """
            SELECT CONCAT('`', table_schema, '`.`', table_name, '`'), column_name, column_type
            FROM information_schema.columns
            WHERE table_schema = COALESCE(@schema, DATABASE()) AND table_name = @table
            ORDER BY ordinal_position
            """,
        CreateTable = static (table, columns, indexed) => $"CREATE TABLE IF NOT EXISTS {table} ({columns}, INDEX ({indexed}))",
        TableExists = static name =>
            $"EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = {(name is [var schema, _] ? $"'{schema}'" : "DATABASE()")} "
            + $"AND table_name = '{name[^1]}')",
        TextType = "MEDIUMTEXT CHARACTER SET utf8mb4",
        NameType = "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        LengthOf = static (column, _) => $"CHAR_LENGTH({column})",
        KeepExisting = "ON DUPLICATE KEY UPDATE id = id",
        ReplaceExisting = static (_, others) =>
            $"ON DUPLICATE KEY UPDATE {string.Join(", ", others.Select(static column => $"{column} = VALUES({column})"))}",
        DeleteSome = static (table, _, condition, most) => $"DELETE FROM {table} WHERE {condition} LIMIT {most}",
        ClassifyId = ClassifyId,
        Classify = MySqlFaults.Classify,
        IsDuplicateKey = static exception =>
            exception is MySqlException { ErrorCode: MySqlErrorCode.DuplicateKeyEntry or MySqlErrorCode.DuplicateEntryWithKeyName },
        // The server refuses to compare a column with a text that has a character which the encoding of the column lacks.
        CannotHoldId = static exception => exception is MySqlException { ErrorCode: MySqlErrorCode.CannotAggregateTwoCollations },
    };

    // Returns how ids are stored in a column. The types have the format of column_type: "bigint(20) unsigned", "varchar(255)", "binary(16)", and
    // "uuid" in MariaDB.
    private static IdType? ClassifyId(string columnType)
    {
        var type = columnType.ToLowerInvariant();
        return type.Split('(', ' ')[0] switch
        {
            "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" or "varbinary" => IdType.Text,
            "tinyint" or "smallint" or "mediumint" or "int" or "bigint" =>
                type.Contains("unsigned", StringComparison.Ordinal) ? IdType.UnsignedInteger : IdType.Integer,
            "uuid" => IdType.Uuid,
            "binary" when type is "binary(16)" => IdType.BinaryUuid,
            _ => null,
        };
    }
}
