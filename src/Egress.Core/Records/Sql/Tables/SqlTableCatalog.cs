using System.Data.Common;
using Egress.Backends;

namespace Egress.Records.Sql.Tables;

/// <summary>Finds the table of records and its columns in the database catalog, by the name as written or as the database folds it.</summary>
internal sealed class SqlTableCatalog(SqlDialect dialect, RecordStoreOptions options, string endpoint)
{
    /// <summary>The columns that every table of records must have in addition to the id.</summary>
    public static readonly IReadOnlyList<string> RequiredColumns = ["bucket", "objects"];

    /// <summary>Reads the layout of the table.</summary>
    /// <exception cref="BackendException">Malformed: names the table or column that is missing or has an unsupported type.</exception>
    public async Task<SqlTable> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Columns(connection, dialect, options.TableName.Split('.'));
        string? table = null;
        var columns = new List<(string Name, string Type)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            table = reader.GetString(0);
            columns.Add((reader.GetString(1), reader.GetString(2)));
        }

        return table is null
            ? throw Unfit($"there is no table '{options.TableName}', or this user may not see it")
            : Describe(table, columns);
    }

    /// <summary>Whether a table exists and is visible to the database user.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="dialect">The SQL dialect of the database.</param>
    /// <param name="name">The table's name, with its schema if it has one.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<bool> ExistsAsync(DbConnection connection, SqlDialect dialect, string[] name, CancellationToken cancellationToken)
    {
        await using var command = Columns(connection, dialect, name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken);
    }

    /// <summary>Finds a column by its exact name, or else by its name in lower case.</summary>
    /// <returns>The index of the column; -1 if there is none.</returns>
    public int Find(IReadOnlyList<string> columns, string wanted)
    {
        var exact = IndexOf(columns, wanted, dialect.ColumnNames);
        return exact >= 0 ? exact : IndexOf(columns, wanted.ToLowerInvariant(), dialect.ColumnNames);
    }

    /// <summary>Creates the fault for a table that lacks a column.</summary>
    public BackendException ColumnMissing(string column) => Unfit($"the table '{options.TableName}' has no column '{column}'");

    private SqlTable Describe(string table, List<(string Name, string Type)> columns)
    {
        string[] names = [.. columns.Select(column => column.Name)];
        foreach (var required in RequiredColumns.Prepend(options.IdField))
        {
            if (Find(names, required) < 0)
            {
                throw ColumnMissing(required);
            }
        }

        var (name, type) = columns[Find(names, options.IdField)];
        return dialect.ClassifyId(type) is { } idType
            ? new SqlTable(table, new IdColumn(name, idType, type), names, [.. columns.Select(static column => column.Type)])
            : throw Unfit($"the id column '{name}' of the table '{options.TableName}' has the type {type}; it must hold text, UUIDs or integers");
    }

    private BackendException Unfit(string what) =>
        new(Backend.Database, BackendFault.Malformed, $"{endpoint}: {what}. See docs/records.md.");

    private static int IndexOf(IReadOnlyList<string> columns, string wanted, StringComparer comparer)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (comparer.Equals(columns[i], wanted))
            {
                return i;
            }
        }

        return -1;
    }

    private static DbCommand Columns(DbConnection connection, SqlDialect dialect, string[] name)
    {
        var command = connection.CreateCommand();
        command.CommandText = dialect.ColumnsQuery;
        Add(command, "@schema", name is [var schema, _] ? schema : null);
        Add(command, "@table", name[^1]);
        Add(command, "@written", string.Join('.', name.Select(dialect.Quoted)));
        Add(command, "@folded", string.Join('.', name.Select(part => dialect.Quoted(part.ToLowerInvariant()))));
        return command;
    }

    private static void Add(DbCommand command, string name, string? value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value, parameter.DbType) = (name, (object?)value ?? DBNull.Value, System.Data.DbType.String);
        command.Parameters.Add(parameter);
    }
}
