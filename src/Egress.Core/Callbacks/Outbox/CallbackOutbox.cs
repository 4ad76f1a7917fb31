using Egress.Callbacks.Queues;
using Egress.Downloads;
using Polly;
using Polly.Retry;

namespace Egress.Callbacks.Outbox;

/// <summary>Takes callbacks of downloads and puts them on the queue. Safe for concurrent use.</summary>
internal sealed class CallbackOutbox(
    ICallbackQueue queue, CallbackSpool spool, CallbackOptions options, CallbackReport report, TimeProvider time)
{
    /// <summary>Longest URL, in characters: with the rest it must fit into a message.</summary>
    private const int MostUrl = 8192;

    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<CallbackQueueException>(),
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(250),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    public ICallbackQueue Queue => queue;

    public CallbackReport Report => report;

    public TimeProvider Time => time;

    public TimeSpan Lease => options.Lease;

    /// <summary>Promises the callback of a download that begins: from now on it arrives even if this process dies.</summary>
    /// <param name="plan">What is downloaded.</param>
    /// <param name="requestId">Id of the request.</param>
    /// <param name="ifInterruptedNow">The outcome if the download ended at this moment. Called from other threads.</param>
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

    /// <summary>Tries a call to the queue a few times.</summary>
    /// <exception cref="CallbackQueueException">The last one failed too.</exception>
    public ValueTask<T> RetryAsync<T>(Func<CancellationToken, ValueTask<T>> call) => _retry.ExecuteAsync(call);

    /// <summary>Puts a final message on the queue, else into the spool, else into the log. Never throws for it.</summary>
    public async Task PutAsync(CallbackMessage message)
    {
        try
        {
            await _retry.ExecuteAsync(cancellationToken => queue.EnqueueAsync(message.Write(), TimeSpan.Zero, cancellationToken));
        }
        catch (CallbackQueueException failure)
        {
            await StoreAsync(message, failure);
        }
    }

    /// <summary>Keeps a final message that the queue did not take.</summary>
    public async Task StoreAsync(CallbackMessage message, CallbackQueueException cause)
    {
        if (await spool.TryAddAsync(message))
        {
            report.Spooled(message, cause);
        }
        else
        {
            report.Stranded(message, cause);
        }
    }
}
