using System.Diagnostics;
using Egress.Backends;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Egress.Storage.Resilience;

/// <summary>Makes calls to a storage: breaker ( time limit of all tries ( retry ( time limit of one try ( call )))).</summary>
internal sealed partial class StorageCalls
{
    /// <summary>No single wait is longer, whatever the storage asks for, unless the first one is set to be.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Polly takes no limit outside of these.</summary>
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

    /// <summary>Longest wait for a read; zero is unlimited.</summary>
    public TimeSpan FetchTimeout => _options.FetchTimeout;

    /// <summary>The tries that one call, or one object, has.</summary>
    public RetryBudget NewBudget() => new(_options.MaxRetries);

    /// <summary>Makes one call with all its tries.</summary>
    /// <exception cref="BackendException">The last try's fault, or <see cref="BackendFault.CircuitOpen"/>.</exception>
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
                Backend.Storage, BackendFault.TimedOut, $"The storage gave no answer within {exception.Timeout}.", exception);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Notes a try after the first one.</summary>
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

    [LoggerMessage(3000, LogLevel.Information, "The storage is asked again: {Cause}")]
    private partial void LogRetry(string? cause);
}
