using System.Globalization;

namespace Egress.Queues.Sqlite;

/// <summary>A message queue in a SQLite file.</summary>
internal sealed class SqliteMessageQueue(SqliteQueueFile file) : IMessageQueue
{
    /// <summary>
    /// The stored time from which a message without a delay is visible. Zero makes it visible to every process, whatever the clock of that process
    /// shows.
    /// </summary>
    private const long AtOnce = 0;

    private const string Insert =
        "INSERT INTO messages (text, visible_at, added_at, receipt, holder) VALUES (@text, @visibleAt, @now, @receipt, @holder) RETURNING id";

    /// <inheritdoc/>
    public async ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken) =>
        await InsertAsync(text, delay, held: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken) =>
        InsertAsync(text, visibleIn, held: true, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        var receipt = NewReceipt();
        return await file.RunAsync(
            """
            UPDATE messages SET visible_at = @visibleAt, dequeue_count = dequeue_count + 1, receipt = @receipt, holder = @holder
            WHERE id IN (SELECT id FROM messages WHERE visible_at <= @now ORDER BY max(visible_at, added_at), id LIMIT @most)
            RETURNING id, text, dequeue_count
            """,
            parameters =>
            {
                parameters.AddWithValue("@now", file.Now);
                parameters.AddWithValue("@visibleAt", VisibleAt(visibleIn));
                parameters.AddWithValue("@receipt", receipt);
                parameters.AddWithValue("@holder", file.Holder);
                parameters.AddWithValue("@most", most);
            },
            row => new ReceivedMessage(Receipt(row.GetInt64(0), receipt), row.GetString(1), row.GetInt32(2)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        var renewed = receipt with { Value = NewReceipt() };
        var updated = await file.RunAsync(
            """
            UPDATE messages SET text = @text, visible_at = @visibleAt, receipt = @renewed
            WHERE id = @id AND receipt = @receipt
            RETURNING id
            """,
            parameters =>
            {
                parameters.AddWithValue("@id", long.Parse(receipt.MessageId, CultureInfo.InvariantCulture));
                parameters.AddWithValue("@receipt", receipt.Value);
                parameters.AddWithValue("@renewed", renewed.Value);
                parameters.AddWithValue("@text", text);
                parameters.AddWithValue("@visibleAt", VisibleAt(visibleIn));
            },
            static row => row.GetInt64(0),
            cancellationToken);
        return updated.Count > 0 ? renewed : null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken)
    {
        var removed = await file.RunAsync(
            "DELETE FROM messages WHERE id = @id AND receipt = @receipt RETURNING id",
            parameters =>
            {
                parameters.AddWithValue("@id", long.Parse(receipt.MessageId, CultureInfo.InvariantCulture));
                parameters.AddWithValue("@receipt", receipt.Value);
            },
            static row => row.GetInt64(0),
            cancellationToken);
        return removed.Count > 0;
    }

    /// <inheritdoc/>
    public async ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken)
    {
        var depth = await file.RunAsync(
            "SELECT count(*), @now - min(CASE WHEN visible_at <= @now THEN max(visible_at, added_at) END) FROM messages",
            parameters => parameters.AddWithValue("@now", file.Now),
            SqliteQueueDepth.Read,
            cancellationToken);
        return depth[0];
    }

    private async ValueTask<QueueReceipt> InsertAsync(string text, TimeSpan visibleIn, bool held, CancellationToken cancellationToken)
    {
        var receipt = NewReceipt();
        var ids = await file.RunAsync(
            Insert,
            parameters =>
            {
                parameters.AddWithValue("@text", text);
                parameters.AddWithValue("@visibleAt", VisibleAt(visibleIn));
                parameters.AddWithValue("@now", file.Now);
                parameters.AddWithValue("@receipt", receipt);
                parameters.AddWithValue("@holder", held ? file.Holder : DBNull.Value);
            },
            static row => row.GetInt64(0),
            cancellationToken);
        return Receipt(ids[0], receipt);
    }

    private long VisibleAt(TimeSpan visibleIn) => visibleIn > TimeSpan.Zero ? file.Now + (long)visibleIn.TotalMilliseconds : AtOnce;

    private static QueueReceipt Receipt(long id, string receipt) => new(id.ToString(CultureInfo.InvariantCulture), receipt);

    private static string NewReceipt() => Guid.NewGuid().ToString("N");
}
