using System.Net;
using System.Threading.RateLimiting;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Requests;

/// <summary>Holds each client address to its rate. Addresses that were idle for a while are forgotten. Safe for concurrent use.</summary>
public sealed partial class ClientLimiter : IAsyncDisposable
{
    private readonly ClientLimitOptions _options;
    private readonly ILogger<ClientLimiter> _logger;
    private readonly PartitionedRateLimiter<IPAddress>? _limiter;
    private int _warned;

    /// <param name="options">Rate, burst and proxies.</param>
    /// <param name="logger">Warned once when proxies are in front that are not configured.</param>
    public ClientLimiter(ClientLimitOptions options, ILogger<ClientLimiter> logger)
    {
        _options = options;
        _logger = logger;
        _limiter = options.RatePerSecond > 0
            ? PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetTokenBucketLimiter(address, _ => Bucket(options)))
            : null;
    }

    /// <summary>Counts a request.</summary>
    /// <returns>The refusal; null when the request may go on.</returns>
    internal Rejection? Count(HttpContext context)
    {
        if (_limiter is null)
        {
            return null;
        }

        if (_options.TrustedProxies == 0 && ClientAddress.IsForwarded(context.Request) && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            ProxiesNotConfigured();
        }

        var address = ClientAddress.Find(context, _options.TrustedProxies) ?? IPAddress.None;
        using var lease = _limiter.AttemptAcquire(address);
        if (lease.IsAcquired)
        {
            return null;
        }

        return new Rejection(RejectionReason.RateLimited)
        {
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1 / _options.RatePerSecond),
            Detail = $"more than {_options.RatePerSecond} requests a second (RATE_LIMIT_PER_IP)",
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _limiter?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static TokenBucketRateLimiterOptions Bucket(ClientLimitOptions options) => new()
    {
        TokenLimit = Math.Max(1, options.Burst),
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1 / options.RatePerSecond),
        QueueLimit = 0,
    };

    [LoggerMessage(1020, LogLevel.Warning,
        "Requests carry X-Forwarded-For, but TRUSTED_PROXIES is 0: RATE_LIMIT_PER_IP counts all clients behind the proxy as one")]
    private partial void ProxiesNotConfigured();
}
