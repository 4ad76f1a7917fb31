namespace Egress.Queues.Sqlite;

/// <summary>A poison queue in a SQLite file.</summary>
internal sealed class SqlitePoisonQueue(SqliteQueueFile file) : IPoisonQueue
{
    /// <inheritdoc/>
    public async ValueTask AddAsync(string text, CancellationToken cancellationToken) => await file.RunAsync(
        "INSERT INTO poison (text, added_at) VALUES (@text, @now)",
        parameters =>
        {
            parameters.AddWithValue("@text", text);
            parameters.AddWithValue("@now", file.Now);
        },
        static _ => 0,
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask KeepAsync(string text, CancellationToken cancellationToken) => AddAsync(text, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask VisitAsync(Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken)
    {
        var messages = await file.RunAsync(
            "SELECT id, text FROM poison ORDER BY id",
            static _ => { },
            static row => (Id: row.GetInt64(0), Text: row.GetString(1)),
            cancellationToken);
        foreach (var (id, text) in messages)
        {
            if (await visit(text, cancellationToken))
            {
                await file.RunAsync(
                    "DELETE FROM poison WHERE id = @id", parameters => parameters.AddWithValue("@id", id), static _ => 0, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken)
    {
        var depth = await file.RunAsync(
            "SELECT count(*), @now - min(added_at) FROM poison",
            parameters => parameters.AddWithValue("@now", file.Now),
            SqliteQueueDepth.Read,
            cancellationToken);
        return depth[0];
    }
}
