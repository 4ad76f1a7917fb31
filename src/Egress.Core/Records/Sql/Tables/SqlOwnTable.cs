using System.Data.Common;
using System.Globalization;

namespace Egress.Records.Sql.Tables;

/// <summary>A table of Egress's own data, in the schema of the records. It is created when its first row is stored. Safe for concurrent use.</summary>
/// <param name="dialect">The SQL dialect of the database.</param>
/// <param name="recordsTable">Name of the table of records, with its schema if it has one.</param>
/// <param name="name">Name of the table.</param>
/// <param name="columns">The definitions of its columns.</param>
/// <param name="indexed">The column that has an index.</param>
internal sealed class SqlOwnTable(SqlDialect dialect, string recordsTable, string name, string columns, string indexed)
{
    private readonly string[] _path = [.. recordsTable.Split('.')[..^1], name];
    private volatile bool _exists;

    /// <summary>The quoted name of the table for statements.</summary>
    public string Name => string.Join('.', _path.Select(dialect.Quoted));

    /// <summary>Whether this process has found or created the table. It may have been dropped since.</summary>
    public bool WasSeen
    {
        get => _exists;
        set => _exists = value;
    }

    /// <summary>An SQL expression that is true if the table exists, for statements that must also work without the table.</summary>
    public string ExistsExpression => dialect.TableExists(_path);

    /// <summary>Whether the table exists.</summary>
    public async Task<bool> ExistsAsync(DbConnection connection, CancellationToken cancellationToken) =>
        _exists = _exists || await SqlTableCatalog.ExistsAsync(connection, dialect, _path, cancellationToken);

    /// <summary>
    /// Creates the table unless it exists. Reads the catalog first, because a database refuses the statement to a user who may not create tables,
    /// even if the table exists.
    /// </summary>
    public async Task CreateAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(connection, cancellationToken))
        {
            return;
        }

        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = dialect.CreateTable(Name, columns, indexed);
            await command.ExecuteNonQueryAsync(cancellationToken);
            _exists = true;
        }
        catch (DbException)
        {
            // If two processes create the table at the same time, PostgreSQL refuses one of the statements despite IF NOT EXISTS.
            if (!await ExistsAsync(connection, cancellationToken))
            {
                throw;
            }
        }
    }

    /// <summary>Resets <see cref="WasSeen"/> after a failed statement, because the table may have been dropped.</summary>
    public void Forget() => _exists = false;

    /// <summary>Adds a parameter to a statement.</summary>
    /// <returns>Its name in the statement.</returns>
    public static string Parameter(DbCommand command, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter.ParameterName;
    }
}
