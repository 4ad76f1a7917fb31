namespace Egress.Backends;

/// <summary>The options that decide when a circuit breaker opens and closes.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>The number of consecutive failed operations after which the breaker opens; with zero it never opens.</summary>
    public int Threshold { get; init; } = 5;

    /// <summary>How long the breaker stays open before it admits trial calls.</summary>
    public TimeSpan OpenDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The number of trial calls that must succeed before the breaker closes. It is also the largest number of calls while the breaker is half-open.
    /// </summary>
    public int TrialCalls { get; init; } = 2;
}
