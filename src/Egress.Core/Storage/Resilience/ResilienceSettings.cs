using Egress.Backends;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.Resilience;

/// <summary>The settings for retries, time limits and circuit breakers of storage and database.</summary>
internal static class ResilienceSettings
{
    internal static readonly SettingGroup Group = new(
        "Resilience",
        """
        What Egress does when the storage or the database fails. Only temporary faults are retried. A missing object, a refused request and a client
        that disconnected are not. The storage, the uploads of exports and the database each have a circuit breaker. While one is open, requests that
        need it get 503 at once.
        """);

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(24);
    private static readonly ResilienceOptions Defaults = new();
    private static readonly CircuitBreakerOptions BreakerDefaults = new();

    private static readonly Setting<TimeSpan> FetchTimeout = Group.Add<TimeSpan>(new(
        "STORAGE_FETCH_TIMEOUT", ValueFormats.Duration(LongestWait))
    {
        Default = Defaults.FetchTimeout,
        Text = "Longest wait for the first byte of an object, and for a read without progress. Time in which Egress waits for the client does not "
            + "count. `0` is unlimited.",
    });

    private static readonly Setting<int> MaxRetries = Group.Add<int>(new("STORAGE_MAX_RETRIES", ValueFormats.Integer(0, 100))
    {
        Default = Defaults.MaxRetries,
        Text = "Retries after the first attempt of an operation. Also the number of times that a broken transfer of one object is resumed.",
    });

    private static readonly Setting<TimeSpan> RetryDelay = Group.Add<TimeSpan>(new(
        "STORAGE_RETRY_DELAY", ValueFormats.Duration(TimeSpan.FromHours(1)))
    {
        Default = Defaults.RetryDelay,
        Text = "Delay before the first retry. It doubles with each further retry, and has jitter.",
    });

    private static readonly Setting<int> Threshold = Group.Add<int>(new("CIRCUIT_BREAKER_THRESHOLD", ValueFormats.Integer(0, 1_000_000))
    {
        Default = BreakerDefaults.Threshold,
        Text = "The number of consecutive failures that open a circuit breaker. An operation counts as one failure after all its retries failed. With "
            + "`0` no breaker opens.",
    });

    private static readonly Setting<TimeSpan> OpenDuration = Group.Add<TimeSpan>(new(
        "CIRCUIT_BREAKER_TIMEOUT", ValueFormats.Duration(LongestWait, least: TimeSpan.FromMilliseconds(1)))
    {
        Default = BreakerDefaults.OpenDuration,
        Text = "How long a breaker stays open before it admits trial calls.",
    });

    private static readonly Setting<int> TrialCalls = Group.Add<int>(new("CIRCUIT_BREAKER_MAX_REQUESTS", ValueFormats.Integer(1, 1_000_000))
    {
        Default = BreakerDefaults.TrialCalls,
        Text = "The number of trial calls that must succeed before the breaker closes.",
    });

    internal static ResilienceOptions Bind(SettingBinder binder, HostProfile host) => new()
    {
        FetchTimeout = binder.Get(FetchTimeout),
        MaxRetries = binder.Get(MaxRetries),
        RetryDelay = binder.Get(RetryDelay),
        OperationTimeout = host.LongestWait ?? Defaults.OperationTimeout,
    };

    internal static CircuitBreakerOptions BindBreaker(SettingBinder binder) => new()
    {
        Threshold = binder.Get(Threshold),
        OpenDuration = binder.Get(OpenDuration),
        TrialCalls = binder.Get(TrialCalls),
    };
}
