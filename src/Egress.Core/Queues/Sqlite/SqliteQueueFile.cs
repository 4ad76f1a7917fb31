using Egress.Backends;
using Microsoft.Data.Sqlite;

namespace Egress.Queues.Sqlite;

/// <summary>
/// A SQLite file with the messages of a queue and of its poison queue. Several processes may use it at the same time. When it is opened, messages
/// that were held by ended processes become visible.
/// </summary>
/// <param name="folder">The folder of the file, which also contains the locks of the processes that use it.</param>
/// <param name="name">Name of the file.</param>
/// <param name="time">The clock.</param>
/// <param name="survivesPowerLoss">Whether each change waits for the disk. A queue whose messages can be created again is faster without that.</param>
internal sealed class SqliteQueueFile(string folder, string name, TimeProvider time, bool survivesPowerLoss = true) : IDisposable
{
    /// <summary>
    /// How long a statement waits for another process to unlock the file, in seconds. It is short, because the wait blocks a thread and cannot be
    /// canceled. Callers retry.
    /// </summary>
    private const int BusyTimeout = 1;

    private readonly QueueClock _clock = new(time);

    /// <summary>Allows one statement at a time. SQLite allows only one writer, and would block threads while they wait for it.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    private SqliteConnection? _connection;
    private InstanceLock? _instance;

    /// <summary>
    /// The time of the queue file, in milliseconds. Only read while the parameters of a statement are bound, because the clock is not safe for
    /// concurrent use.
    /// </summary>
    public long Now => _clock.Now;

    /// <summary>The name under which this process holds the messages that it added with a lease or took.</summary>
    public string Holder => _instance?.Name ?? throw new InvalidOperationException("The file is not open.");

    /// <summary>Runs a statement and reads its rows.</summary>
    /// <exception cref="QueueException">The file cannot be opened, or the statement failed.</exception>
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
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Close(); // the next call opens the file again, because a full disk may have space by then
            throw new QueueException($"{folder}: {InnermostCause.Of(failure)}", failure);
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

        var path = Path.Combine(folder, name);
        PrivateFile.Create(path); // messages contain URLs
        _instance ??= InstanceLock.Take(folder); // kept when the file is opened again: downloads of this process still run
        var connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = BusyTimeout };
        var connection = new SqliteConnection(connectionString.ConnectionString);
        try
        {
            connection.Open();
            QueueSchema.Update(connection, Now);
            connection.Execute($"PRAGMA synchronous = {(survivesPowerLoss ? "FULL" : "NORMAL")}");
            _clock.AdvanceTo(connection.QueryNumber("SELECT max((SELECT coalesce(max(added_at), 0) FROM messages), (SELECT coalesce(max(added_at), 0) FROM poison))"));
            ReleaseMessagesOfEndedProcesses(connection);
            return _connection = connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes the messages visible that ended processes held: the leases of their downloads, and messages that they were processing.</summary>
    private void ReleaseMessagesOfEndedProcesses(SqliteConnection connection)
    {
        using var holders = connection.CreateCommand();
        holders.CommandText = "SELECT DISTINCT holder FROM messages WHERE holder IS NOT NULL";
        var ended = new List<string>();
        using (var reader = holders.ExecuteReader())
        {
            while (reader.Read())
            {
                ended.Add(reader.GetString(0));
            }
        }

        foreach (var holder in ended.Where(other => other != _instance!.Name && InstanceLock.IsGone(folder, other)))
        {
            using var show = connection.CreateCommand();
            show.CommandText = "UPDATE messages SET visible_at = 0, holder = NULL WHERE holder = @holder";
            show.Parameters.AddWithValue("@holder", holder);
            show.ExecuteNonQuery();
        }
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
