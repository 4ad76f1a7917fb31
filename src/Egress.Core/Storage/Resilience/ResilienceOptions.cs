namespace Egress.Storage.Resilience;

/// <summary>Retries and time limits around a storage.</summary>
public sealed record ResilienceOptions
{
    /// <summary>Longest wait for the first byte, and for a read without progress; zero is unlimited.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Retries of one operation, and of one object whose body breaks.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>First delay; doubles with each try, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time one operation may take with all its retries; zero is unlimited.</summary>
    public TimeSpan OperationTimeout { get; init; }
}
