using System.Data.Common;
using System.Globalization;

namespace Egress.Records.Sql.Tables;

/// <summary>A table of Egress itself in the schema of the records. It is created with its first row. Safe for concurrent use.</summary>
/// <param name="dialect">The database.</param>
/// <param name="recordsTable">Name of the table of records, with its schema if it has one.</param>
/// <param name="name">Name of the table.</param>
/// <param name="columns">Its columns.</param>
/// <param name="indexed">The column with an index.</param>
internal sealed class SqlOwnTable(SqlDialect dialect, string recordsTable, string name, string columns, string indexed)
{
    private readonly string[] _path = [.. recordsTable.Split('.')[..^1], name];
    private volatile bool _exists;

    /// <summary>The quoted name of the table for statements.</summary>
    public string Name => string.Join('.', _path.Select(dialect.Quoted));

    /// <summary>Whether the table was found. It may have been dropped since.</summary>
    public bool WasSeen
    {
        get => _exists;
        set => _exists = value;
    }

    /// <summary>An expression that is true when the table exists, for statements that must work without it.</summary>
    public string ExistsExpression => dialect.TableExists(_path);

    /// <summary>Whether the table exists.</summary>
    public async Task<bool> ExistsAsync(DbConnection connection, CancellationToken cancellationToken) =>
        _exists = _exists || await SqlTableCatalog.ExistsAsync(connection, dialect, _path, cancellationToken);

    /// <summary>
    /// Creates the table unless it exists. Reads the catalog first, because an account that may not create tables is refused even if the table
    /// exists.
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
            // Two processes created the table at the same time. PostgreSQL refuses one of them in spite of IF NOT EXISTS.
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
