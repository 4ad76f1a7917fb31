namespace Egress.Storage.Resilience;

/// <summary>Retries and time limits of a storage.</summary>
public sealed record ResilienceOptions
{
    /// <summary>Longest wait for the first byte, and for a read without progress; zero is unlimited.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The number of retries of one operation, or of one object with broken connections.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>Delay before the first retry. It doubles with each try, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time one operation may take with all its retries; zero is unlimited.</summary>
    public TimeSpan OperationTimeout { get; init; }
}
