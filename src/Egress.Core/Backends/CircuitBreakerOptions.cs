namespace Egress.Backends;

/// <summary>When a circuit breaker opens and closes.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>Consecutive failed operations that open it; zero never opens it.</summary>
    public int Threshold { get; init; } = 5;

    /// <summary>How long it stays open before trial calls are let through.</summary>
    public TimeSpan OpenDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Trial calls that must succeed to close it; no more calls run at a time while the breaker is half-open.</summary>
    public int TrialCalls { get; init; } = 2;
}
