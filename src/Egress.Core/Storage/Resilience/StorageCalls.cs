using System.Diagnostics;
using Egress.Backends;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Egress.Storage.Resilience;

/// <summary>
/// Makes calls to a storage through a pipeline. From the outside to the inside it consists of the circuit breaker, the time limit of all attempts, the retries,
/// and the time limit of one attempt.
/// </summary>
internal sealed partial class StorageCalls
{
    /// <summary>
    /// The longest delay before a retry, even if the storage requests a longer one. If the configured first delay is longer, that one is the limit.
    /// </summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>The shortest and the longest time limit that Polly accepts.</summary>
    private static readonly (TimeSpan Least, TimeSpan Most) Limits = (TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1));

    private readonly ResilienceOptions _options;
    private readonly StorageRetries _retries;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;

    public StorageCalls(ResilienceOptions options, CircuitBreaker breaker, StorageRetries retries, TimeProvider time, ILogger logger)
    {
        _options = options;
        Time = time;
        _retries = retries;
        _logger = logger;
        var builder = new ResiliencePipelineBuilder { TimeProvider = time }.AddBreaker(breaker);
        if (options.OperationTimeout > TimeSpan.Zero)
        {
            builder.AddTimeout(Limit(options.OperationTimeout));
        }

        if (options.MaxRetries > 0)
        {
            builder.AddRetry(Retry(options));
        }

        if (options.FetchTimeout > TimeSpan.Zero)
        {
            builder.AddTimeout(Limit(options.FetchTimeout));
        }

        _pipeline = builder.Build();
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The time limit of a read; zero is unlimited.</summary>
    public TimeSpan FetchTimeout => _options.FetchTimeout;

    /// <summary>Returns the budget for the retries of one call or of one object.</summary>
    public RetryBudget NewBudget() => new(_options.MaxRetries);

    /// <summary>Makes one call with its retries.</summary>
    /// <exception cref="BackendException">The fault of the last attempt, or <see cref="BackendFault.CircuitOpen"/>.</exception>
    public async ValueTask<T> RunAsync<TState, T>(
        Func<TState, CancellationToken, ValueTask<T>> call, TState state, RetryBudget budget, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(RetryBudget.Key, budget);
        try
        {
            return await _pipeline.ExecuteAsync(
                static (context, it) => it.call(it.state, context.CancellationToken), context, (call, state));
        }
        catch (TimeoutRejectedException exception)
        {
            throw new BackendException(
                Backend.Storage, BackendFault.TimedOut, $"The storage did not answer within {exception.Timeout}.", exception);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Counts and logs a retry.</summary>
    public void Retried(Exception? cause)
    {
        _retries.Add();
        Activity.Current?.AddEvent(new ActivityEvent("storage retry"));
        LogRetry(cause?.Message);
    }

    private RetryStrategyOptions Retry(ResilienceOptions options) => new()
    {
        MaxRetryAttempts = options.MaxRetries,
        Delay = options.RetryDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        MaxDelay = LongestDelay > options.RetryDelay ? LongestDelay : options.RetryDelay,
        ShouldHandle = static retry => ValueTask.FromResult(
            retry.Outcome.Exception is BackendException { IsTransient: true } or TimeoutRejectedException
            && retry.Context.Properties.TryGetValue(RetryBudget.Key, out var budget)
            && budget.TryTake()),
        DelayGenerator = static retry => ValueTask.FromResult<TimeSpan?>(
            retry.Outcome.Exception is BackendException { RetryAfter: { } wait } ? (wait < LongestDelay ? wait : LongestDelay) : null),
        OnRetry = retry =>
        {
            Retried(retry.Outcome.Exception);
            return ValueTask.CompletedTask;
        },
    };

    private static TimeSpan Limit(TimeSpan limit) => limit < Limits.Least ? Limits.Least : limit > Limits.Most ? Limits.Most : limit;

    [LoggerMessage(3000, LogLevel.Information, "A call to the storage is retried: {Cause}")]
    private partial void LogRetry(string? cause);
}
