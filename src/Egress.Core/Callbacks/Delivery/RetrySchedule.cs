using System.Security.Cryptography;

namespace Egress.Callbacks.Delivery;

/// <summary>Chooses the delay before the next attempt to deliver a callback.</summary>
internal static class RetrySchedule
{
    /// <summary>The longest delay, even if <c>Retry-After</c> requests more.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private const double Jitter = 0.2;
    private const int Steps = 1 << 20;

    /// <summary>
    /// Returns the delay after a failed attempt. It doubles with each attempt, varies by ± 20 %, and is at least the delay that the receiver
    /// requested.
    /// </summary>
    /// <param name="first">The delay after the first attempt.</param>
    /// <param name="attempts">The number of attempts so far, 1 or more.</param>
    /// <param name="retryAfter">The delay that the receiver requested.</param>
    public static TimeSpan DelayAfter(TimeSpan first, int attempts, TimeSpan? retryAfter) =>
        DelayAfter(first, attempts, retryAfter, (double)RandomNumberGenerator.GetInt32(Steps + 1) / Steps);

    /// <param name="first">The delay after the first attempt.</param>
    /// <param name="attempts">The number of attempts so far, 1 or more.</param>
    /// <param name="retryAfter">The delay that the receiver requested.</param>
    /// <param name="random">A random number from 0 to 1, which selects a delay between −20 % and +20 %.</param>
    internal static TimeSpan DelayAfter(TimeSpan first, int attempts, TimeSpan? retryAfter, double random)
    {
        var seconds = first.TotalSeconds * Math.Pow(2, attempts - 1) * (1 - Jitter + (2 * Jitter * random));
        seconds = Math.Max(seconds, retryAfter?.TotalSeconds ?? 0);
        return TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
    }
}
