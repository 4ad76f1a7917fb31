using Egress.Backends;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.Resilience;

/// <summary>Settings of retries, time limits and breakers around storage and database.</summary>
internal static class ResilienceSettings
{
    internal static readonly SettingGroup Group = new(
        "Resilience",
        """
        What happens when storage or database fail. Only faults that may pass are tried again: a missing object, a refused one and a client
        that left are none. Storage, uploads of exports and database have a breaker each; while it is open the answer is 503, at once.
        """);

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(24);
    private static readonly ResilienceOptions Defaults = new();
    private static readonly CircuitBreakerOptions BreakerDefaults = new();

    private static readonly Setting<TimeSpan> FetchTimeout = Group.Add<TimeSpan>(new(
        "STORAGE_FETCH_TIMEOUT", ValueFormats.Duration(LongestWait))
    {
        Default = Defaults.FetchTimeout,
        Text = "Longest wait for the first byte of an object, and for a read without progress. "
            + "The slowness of the client never counts. `0` is unlimited.",
    });

    private static readonly Setting<int> MaxRetries = Group.Add<int>(new("STORAGE_MAX_RETRIES", ValueFormats.Integer(0, 100))
    {
        Default = Defaults.MaxRetries,
        Text = "Retries after the first attempt, for an operation and for an object whose transfer breaks in the middle.",
    });

    private static readonly Setting<TimeSpan> RetryDelay = Group.Add<TimeSpan>(new(
        "STORAGE_RETRY_DELAY", ValueFormats.Duration(TimeSpan.FromHours(1)))
    {
        Default = Defaults.RetryDelay,
        Text = "Delay before the first retry; it doubles with each further one, with jitter.",
    });

    private static readonly Setting<int> Threshold = Group.Add<int>(new("CIRCUIT_BREAKER_THRESHOLD", ValueFormats.Integer(0, 1_000_000))
    {
        Default = BreakerDefaults.Threshold,
        Text = "Consecutive failures that open a breaker; one failure is one operation after all its retries. `0` never opens it.",
    });

    private static readonly Setting<TimeSpan> OpenDuration = Group.Add<TimeSpan>(new(
        "CIRCUIT_BREAKER_TIMEOUT", ValueFormats.Duration(LongestWait, least: TimeSpan.FromMilliseconds(1)))
    {
        Default = BreakerDefaults.OpenDuration,
        Text = "How long a breaker stays open before calls are tried again.",
    });

    private static readonly Setting<int> TrialCalls = Group.Add<int>(new("CIRCUIT_BREAKER_MAX_REQUESTS", ValueFormats.Integer(1, 1_000_000))
    {
        Default = BreakerDefaults.TrialCalls,
        Text = "Trial calls that must succeed to close it again.",
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
