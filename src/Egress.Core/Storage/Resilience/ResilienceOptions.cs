namespace Egress.Storage.Resilience;

/// <summary>Retries and time limits of a storage.</summary>
public sealed record ResilienceOptions
{
    /// <summary>The longest time until the first byte, and the longest time of a read without progress; zero is unlimited.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The largest number of retries of one operation. For an object, opening it again after a broken connection counts as a retry too.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>The delay before the first retry. It doubles with each further retry, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time that one operation may take with all its retries; zero is unlimited.</summary>
    public TimeSpan OperationTimeout { get; init; }
}
