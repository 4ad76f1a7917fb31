using Microsoft.Data.Sqlite;

namespace Egress.Callbacks.Queues.Sqlite;

/// <summary>
/// The SQLite file that holds the queues of a data folder, <c>callbacks.db</c>. Several processes may use it at once. When it is opened,
/// what processes that are gone still held appears at once.
/// </summary>
internal sealed class SqliteQueueFile(string folder, TimeProvider time) : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL,
            visible_at INTEGER NOT NULL,
            dequeue_count INTEGER NOT NULL DEFAULT 0,
            receipt TEXT NOT NULL,
            holder TEXT
        );
        CREATE INDEX IF NOT EXISTS messages_visible_at ON messages (visible_at);
        CREATE TABLE IF NOT EXISTS poison (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL
        );
        """;

    /// <summary>One at a time: SQLite lets one write, and its own waiting would block threads.</summary>
    private readonly SemaphoreSlim _turn = new(1);
    private SqliteConnection? _connection;
    private InstanceLock? _instance;

    /// <summary>Now, as the file counts time: Unix milliseconds.</summary>
    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Who holds messages that this process put or took.</summary>
    public string Holder => _instance?.Name ?? throw new InvalidOperationException("The file is not open.");

    /// <summary>Runs a statement and reads its rows.</summary>
    /// <exception cref="CallbackQueueException">The file cannot be opened, or the statement failed.</exception>
    public async ValueTask<List<T>> RunAsync<T>(
        string sql, Action<SqliteParameterCollection> bind, Func<SqliteDataReader, T> read, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var command = Open().CreateCommand();
            command.CommandText = sql;
            bind(command.Parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException)
        {
            Close(); // the next call opens it again: a disk may have come back
            throw new CallbackQueueException($"{folder}: {failure.Message}", failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _instance?.Dispose();
        _turn.Dispose();
    }

    private SqliteConnection Open()
    {
        if (_connection is { } open)
        {
            return open;
        }

        Directory.CreateDirectory(folder);
        _instance ??= InstanceLock.Take(folder); // kept when the file is opened again: downloads of this process still run
        var connectionString = new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "callbacks.db"), Pooling = false, DefaultTimeout = 10 };
        var connection = new SqliteConnection(connectionString.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, Schema);
            TakeBack(connection);
            return _connection = connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Shows what processes held that are gone: the leases of their downloads, and what they were delivering.</summary>
    private void TakeBack(SqliteConnection connection)
    {
        using var holders = connection.CreateCommand();
        holders.CommandText = "SELECT DISTINCT holder FROM messages WHERE holder IS NOT NULL";
        var gone = new List<string>();
        using (var reader = holders.ExecuteReader())
        {
            while (reader.Read())
            {
                gone.Add(reader.GetString(0));
            }
        }

        foreach (var holder in gone.Where(name => name != _instance!.Name && InstanceLock.IsGone(folder, name)))
        {
            using var show = connection.CreateCommand();
            show.CommandText = "UPDATE messages SET visible_at = min(visible_at, @now), holder = NULL WHERE holder = @holder";
            show.Parameters.AddWithValue("@now", Now);
            show.Parameters.AddWithValue("@holder", holder);
            show.ExecuteNonQuery();
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
