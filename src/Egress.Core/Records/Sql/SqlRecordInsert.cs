using System.Data.Common;
using System.Text;
using Egress.Backends;
using Egress.Records.Json;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>Creates the statement that stores a record.</summary>
internal static class SqlRecordInsert
{
    /// <exception cref="BackendException">Malformed: the id does not fit the table, or the record has a field without a column.</exception>
    public static DbCommand Create(DbConnection connection, SqlDialect dialect, SqlTableCatalog catalog, SqlTable table, DownloadRecord record)
    {
        var id = table.Id.Parse(record.Id)
            ?? throw new BackendException(
                Backend.Database, BackendFault.Malformed,
                $"The id '{record.Id}' does not fit the column '{table.Id.Name}', which has the type {table.Id.TypeName}.")
            {
                IdRefusal = $"does not fit the column of ids, which has the type {table.Id.TypeName}",
            };
        var command = connection.CreateCommand();
        var columns = new List<string>();
        Add(table.Id.Name, id);
        foreach (var (field, value) in Fields(record))
        {
            var column = catalog.Find(table.Columns, field);
            Add(column >= 0 ? table.Columns[column] : throw catalog.ColumnMissing(field), value);
        }

        command.CommandText = $"INSERT INTO {table.Name} ({string.Join(", ", columns)}) "
            + $"VALUES ({string.Join(", ", command.Parameters.Cast<DbParameter>().Select(parameter => parameter.ParameterName))})";
        return command;

        void Add(string column, object value)
        {
            columns.Add(dialect.Quoted(column));
            command.AddParameter($"@p{columns.Count}", value, dialect);
        }
    }

    /// <summary>Adds a parameter with a value. The database gives a text the type of its column.</summary>
    public static void AddParameter(this DbCommand command, string name, object value, SqlDialect dialect)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        if (value is string)
        {
            dialect.AdaptText(parameter);
        }

        command.Parameters.Add(parameter);
    }

    private static IEnumerable<(string Field, string Value)> Fields(DownloadRecord record)
    {
        yield return ("bucket", record.Bucket);
        yield return ("objects", Text(RecordDocument.ToJson(json => RecordDocument.WriteItems(json, record.Objects))));
        foreach (var (field, value) in new[] { ("name", record.Name), ("callback", record.Callback), ("password", record.Password) })
        {
            if (!string.IsNullOrEmpty(value))
            {
                yield return (field, value);
            }
        }

        if (record.ChecksumFile is { } checksumFile)
        {
            // Columns for booleans, numbers and texts all accept "1" and "0".
            yield return ("checksum_file", checksumFile ? "1" : "0");
        }

        if (record.CustomHeaders.Count > 0)
        {
            yield return ("custom_headers", Text(RecordDocument.ToJson(json => RecordHeaders.Write(json, record.CustomHeaders))));
        }
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
