using Polly;
using Polly.Timeout;

namespace Egress.Backends;

/// <summary>
/// A <see cref="CircuitBreaker"/> as a strategy of a Polly pipeline. It encloses the retry strategy, so that it counts failed operations and not
/// failed attempts.
/// </summary>
internal sealed class CircuitBreakerStrategy(CircuitBreaker breaker) : ResilienceStrategy
{
    /// <inheritdoc/>
    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (breaker.Enter(out var generation) is { } wait)
        {
            return Outcome.FromException<TResult>(
                new BackendException(breaker.Backend, BackendFault.CircuitOpen, $"{breaker.Backend} keeps failing; requests to it are suspended briefly.")
                {
                    RetryAfter = wait,
                });
        }

        var result = CallResult.Abandoned;
        try
        {
            var outcome = await callback(context, state).ConfigureAwait(context.ContinueOnCapturedContext);
            result = Judge(outcome.Exception);
            return outcome;
        }
        finally
        {
            breaker.Leave(generation, result);
        }
    }

    private static CallResult Judge(Exception? exception) => exception switch
    {
        null => CallResult.Answered,
        BackendException { IsTransient: true } or TimeoutRejectedException => CallResult.Failed,
        BackendException => CallResult.Answered,
        _ => CallResult.Abandoned,
    };
}

/// <summary>Adds circuit breakers to Polly pipelines.</summary>
internal static class CircuitBreakerPipeline
{
    /// <summary>Adds a breaker that may be shared with other pipelines of the same backend.</summary>
    public static ResiliencePipelineBuilder AddBreaker(this ResiliencePipelineBuilder builder, CircuitBreaker breaker) =>
        builder.AddStrategy(_ => new CircuitBreakerStrategy(breaker));
}
