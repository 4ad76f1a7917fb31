using Egress.Queues;
using Egress.Downloads;
using Polly;
using Polly.Retry;

namespace Egress.Callbacks.Outbox;

/// <summary>Puts the callbacks of downloads on the queue. Safe for concurrent use.</summary>
internal sealed class CallbackOutbox(
    IMessageQueue queue, CallbackSpool spool, DownloadGate gate, CallbackOptions options, CallbackReport report, TimeProvider time)
{
    /// <summary>Longest URL, in characters. URL and body must fit into a message.</summary>
    internal const int MostUrl = 8192;

    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<QueueException>(),
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(250),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    public IMessageQueue Queue => queue;

    public CallbackReport Report => report;

    public TimeProvider Time => time;

    public TimeSpan Lease => options.Lease;

    /// <summary>Begins the callback of a download that starts. From now on it is delivered even if this process dies.</summary>
    /// <param name="plan">The download.</param>
    /// <param name="requestId">Id of the request.</param>
    /// <param name="ifInterruptedNow">Returns the outcome as if the download ended at this moment. Called from other threads.</param>
    /// <returns>Null when the record has no callback.</returns>
    public async Task<CallbackLease?> BeginAsync(DownloadPlan plan, string requestId, Func<DownloadOutcome> ifInterruptedNow)
    {
        if (string.IsNullOrWhiteSpace(plan.Callback))
        {
            return null;
        }

        if (plan.Callback.Length > MostUrl)
        {
            report.TooLong(plan.RecordId, plan.Callback.Length, MostUrl);
            return null;
        }

        var callback = new CallbackLease(this, plan.RecordId, plan.Callback.Trim(), requestId, ifInterruptedNow);
        await callback.BeginAsync();
        return callback;
    }

    /// <summary>Starts a time limit for calls of the queue, which the end of the process shortens.</summary>
    public QueueLimit Limit(TimeSpan limit) => new(limit, time, gate.Interrupted);

    /// <summary>Calls the queue, and retries a few times.</summary>
    /// <param name="call">The call.</param>
    /// <param name="limit">Ends the call and its retries.</param>
    /// <exception cref="QueueException">The last attempt failed too, or the time limit was reached.</exception>
    public async ValueTask<T> RetryAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken limit)
    {
        try
        {
            return await _retry.ExecuteAsync(call, limit);
        }
        catch (OperationCanceledException expired) when (limit.IsCancellationRequested)
        {
            throw new QueueException("the callback queue did not answer in time", expired);
        }
    }

    /// <summary>Puts a final message on the queue, or else into the spool. Never throws for a queue or disk that fails.</summary>
    /// <param name="message">The message.</param>
    /// <param name="limit">Ends the attempts to put it on the queue.</param>
    public async Task PutAsync(CallbackMessage message, CancellationToken limit)
    {
        try
        {
            await EnqueueAsync(message, limit);
        }
        catch (QueueException failure)
        {
            await StoreAsync(message, failure);
        }
    }

    /// <summary>Puts a final message on the queue, or else on the disk. For a message that the caller can keep itself.</summary>
    /// <param name="message">The message.</param>
    /// <param name="limit">Ends the attempts to put it on the queue.</param>
    /// <returns>False if neither took it. The queue may hold it nevertheless.</returns>
    public async Task<bool> TryPutAsync(CallbackMessage message, CancellationToken limit)
    {
        try
        {
            await EnqueueAsync(message, limit);
            return true;
        }
        catch (QueueException failure)
        {
            if (!await spool.TryAddToDiskAsync(message))
            {
                return false;
            }

            report.Spooled(message, failure);
            return true;
        }
    }

    private async Task EnqueueAsync(CallbackMessage message, CancellationToken limit) => await RetryAsync(
        async cancellationToken =>
        {
            await queue.EnqueueAsync(message.Write(), TimeSpan.Zero, cancellationToken);
            return true;
        },
        limit);

    /// <summary>Keeps a final message that the queue did not take.</summary>
    public async Task StoreAsync(CallbackMessage message, QueueException cause)
    {
        switch (await spool.AddAsync(message))
        {
            case SpoolPlace.Disk:
                report.Spooled(message, cause);
                break;
            case SpoolPlace.Memory:
                report.HeldInMemory(message, cause);
                break;
            case SpoolPlace.None:
                report.Stranded(message);
                break;
        }
    }
}
