using Egress.Queues;
using Egress.Downloads;
using Polly;
using Polly.Retry;

namespace Egress.Callbacks.Outbox;

/// <summary>Puts the callbacks of downloads on the queue. Safe for concurrent use.</summary>
internal sealed class CallbackOutbox(
    IMessageQueue queue, CallbackSpool spool, DownloadGate gate, CallbackOptions options, CallbackReport report, TimeProvider time)
{
    /// <summary>The longest URL in characters. URL and body must fit into a message.</summary>
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

    /// <summary>Begins the callback of a starting download. From then on the callback is delivered even if this process dies.</summary>
    /// <param name="plan">The download.</param>
    /// <param name="requestId">Id of the request.</param>
    /// <param name="ifInterruptedNow">Returns the outcome that the download would have if it ended now. Called from other threads.</param>
    /// <returns>The running callback; null if the record has no callback URL.</returns>
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

    /// <summary>Starts a time limit for calls of the queue. It is shortened when the process has to exit.</summary>
    public QueueLimit Limit(TimeSpan limit) => new(limit, time, gate.Interrupted);

    /// <summary>Calls the queue, with a few retries.</summary>
    /// <param name="call">The call.</param>
    /// <param name="limit">Limits the call and its retries.</param>
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

    /// <summary>Puts a final message on the queue or, if that fails, into the spool. Does not throw if the queue or the disk fails.</summary>
    /// <param name="message">The message.</param>
    /// <param name="limit">Canceled when the attempts to put it on the queue must end.</param>
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

    /// <summary>
    /// Puts a final message on the queue or, if that fails, on the disk. Meant for callers that can keep the message themselves if both fail.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="limit">Canceled when the attempts to put it on the queue must end.</param>
    /// <returns>False if both failed. Even then the queue may have stored the message.</returns>
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

    /// <summary>Keeps a final message that the queue did not accept: on the disk, in memory, or in the log.</summary>
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
