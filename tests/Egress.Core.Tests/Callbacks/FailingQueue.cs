using Egress.Queues;

namespace Egress.Core.Tests.Callbacks;

/// <summary>A queue whose first calls fail.</summary>
internal sealed class FailingQueue(IMessageQueue inner) : IMessageQueue
{
    public int Failures { get; set; }

    /// <summary>Whether a failing call takes effect nevertheless.</summary>
    public bool ButDoesIt { get; init; }

    /// <summary>Whether a failing call never returns, instead of throwing.</summary>
    public bool Hangs { get; init; }

    /// <summary>Whether only calls that complete messages fail.</summary>
    public bool OnlyCompletions { get; init; }

    /// <summary>Creates the exception of a failing call.</summary>
    public Func<Exception> Failure { get; set; } = static () => new QueueException("down", new IOException("scripted"));

    public int Leases { get; private set; }

    public async ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken)
    {
        await FailAsync(() => inner.EnqueueAsync(text, delay, cancellationToken), cancellationToken);
        await inner.EnqueueAsync(text, delay, cancellationToken);
    }

    public async ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        Leases++;
        await FailAsync(async () => await inner.LeaseAsync(text, visibleIn, cancellationToken), cancellationToken);
        return await inner.LeaseAsync(text, visibleIn, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        await FailAsync(() => ValueTask.CompletedTask, cancellationToken);
        return await inner.ReceiveAsync(most, visibleIn, cancellationToken);
    }

    public async ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        await FailAsync(async () => await inner.UpdateAsync(receipt, text, visibleIn, cancellationToken), cancellationToken);
        return await inner.UpdateAsync(receipt, text, visibleIn, cancellationToken);
    }

    public async ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken)
    {
        await FailAsync(() => ValueTask.CompletedTask, cancellationToken, isCompletion: true);
        return await inner.CompleteAsync(receipt, cancellationToken);
    }

    public async ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken)
    {
        await FailAsync(() => ValueTask.CompletedTask, cancellationToken);
        return await inner.MeasureAsync(cancellationToken);
    }

    private async ValueTask FailAsync(Func<ValueTask> call, CancellationToken cancellationToken, bool isCompletion = false)
    {
        if (Failures <= 0 || (OnlyCompletions && !isCompletion))
        {
            return;
        }

        Failures--;
        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (ButDoesIt)
        {
            await call();
        }

        throw Failure();
    }
}
