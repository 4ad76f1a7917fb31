using System.Net;
using System.Threading.RateLimiting;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Requests;

/// <summary>
/// Limits the request rate and the number of downloads of each client address, and the number of downloads of each link. Removes addresses and links
/// that were idle for a while. Safe for concurrent use.
/// </summary>
internal sealed partial class ClientLimiter : IAsyncDisposable
{
    /// <summary>The value of <c>Retry-After</c> if the request is refused until another download ends.</summary>
    private static readonly TimeSpan TryAgainIn = TimeSpan.FromSeconds(5);

    private readonly ClientLimitOptions _options;
    private readonly ILogger<ClientLimiter> _logger;
    private readonly PartitionedRateLimiter<IPAddress>? _rate;
    private readonly PartitionedRateLimiter<IPAddress>? _addresses;
    private readonly PartitionedRateLimiter<string>? _links;
    private int _warned;

    /// <param name="options">The limits, and the number of proxies.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs a warning once if requests come through a proxy that is not configured.</param>
    public ClientLimiter(ClientLimitOptions options, TimeProvider time, ILogger<ClientLimiter> logger)
    {
        _options = options;
        _logger = logger;
        _rate = options.RatePerSecond > 0
            ? PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.Get(
                address, RateLimiter (_) => new SteadyRateLimiter(
                    RequestWeight.Whole * options.RatePerSecond, RequestWeight.Whole * Math.Max(1, options.Burst), time)))
            : null;
        _addresses = AtOnce<IPAddress>(options.MaxActivePerAddress);
        _links = AtOnce<string>(options.MaxActivePerLink);
    }

    /// <summary>Counts a request in the rate of its client address, and takes a slot for its download.</summary>
    /// <param name="context">The request.</param>
    /// <param name="slot">What the request has taken from the limits, which disposing releases; null if it is refused or nothing is limited.</param>
    /// <param name="weight">
    /// The weight of the request in the number of downloads. In the rate, a slice counts with the smallest weight until its cost is known
    /// (<see cref="ClientSlot.CountAs"/>).
    /// </param>
    /// <returns>The refusal; null if the request may continue.</returns>
    public Rejection? TryEnter(HttpContext context, out ClientSlot? slot, int weight = RequestWeight.Whole)
    {
        slot = null;
        if (_rate is null && _addresses is null)
        {
            return null;
        }

        var address = AddressOf(context);
        var counted = weight < RequestWeight.Whole ? RequestWeight.Least : RequestWeight.Whole;
        RateLimitLease? download = null;
        var rejection = TakeRate(address, counted, out var rate) ?? TakeAddress(address, weight, out download);
        slot = rejection is null ? new ClientSlot(rate, counted, download) : null;
        return rejection;
    }

    /// <summary>Counts a request that is not a download in the rate of its client address.</summary>
    /// <returns>The refusal; null if the request may continue.</returns>
    public Rejection? TryCount(HttpContext context) => _rate is null ? null : TakeRate(AddressOf(context), RequestWeight.Whole, out _);

    /// <summary>Takes the rest of a whole slot of the client address, for a request that was counted as a slice but is a whole download.</summary>
    /// <param name="context">The request.</param>
    /// <param name="weight">The weight that was taken before.</param>
    /// <param name="slot">The rest of the slot, which disposing releases; null if the request is refused or downloads are not limited.</param>
    /// <returns>The refusal; null if the download may continue.</returns>
    public Rejection? TryEnterWhole(HttpContext context, int weight, out IDisposable? slot)
    {
        slot = null;
        RateLimitLease? rest = null;
        var rejection = _addresses is null ? null : TakeAddress(AddressOf(context), RequestWeight.Whole - weight, out rest);
        slot = rest;
        return rejection;
    }

    /// <summary>
    /// Takes a slot for a download of a link. The link must be verified, because otherwise forged links could use up the limit of the real one.
    /// </summary>
    /// <param name="id">The record's id.</param>
    /// <param name="slot">The slot, which disposing releases; null if the request is refused or downloads of a link are not limited.</param>
    /// <param name="weight">The weight of the download (<see cref="RequestWeight"/>).</param>
    /// <returns>The refusal; null if the download may continue.</returns>
    public Rejection? TryEnterLink(string id, out IDisposable? slot, int weight = RequestWeight.Whole)
    {
        var rejection = Take(
            _links, id, weight, RejectionReason.LinkAtCapacity, $"{_options.MaxActivePerLink} downloads at once (MAX_ACTIVE_DOWNLOADS_PER_LINK)", out var lease);
        slot = lease;
        return rejection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var limiter in new IAsyncDisposable?[] { _rate, _addresses, _links })
        {
            await (limiter?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private IPAddress AddressOf(HttpContext context)
    {
        if (_options.TrustedProxies == 0 && ClientAddress.IsForwarded(context.Request) && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            ProxiesNotConfigured();
        }

        return ClientAddress.Find(context, _options.TrustedProxies) ?? IPAddress.None;
    }

    private Rejection? TakeRate(IPAddress address, int weight, out SteadyRateLimiter? limiter)
    {
        using var lease = _rate?.AttemptAcquire(address, weight);
        limiter = lease is not null && lease.TryGetMetadata(SteadyRateLimiter.Origin, out var origin) ? origin : null;
        return lease is null or { IsAcquired: true } ? null : new Rejection(RejectionReason.RateLimited)
        {
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TryAgainIn,
            Detail = $"more than {_options.RatePerSecond} requests a second (RATE_LIMIT_PER_IP)",
        };
    }

    private Rejection? TakeAddress(IPAddress address, int weight, out RateLimitLease? slot) => Take(
        _addresses, address, weight, RejectionReason.AddressAtCapacity, $"{_options.MaxActivePerAddress} downloads at once (MAX_ACTIVE_DOWNLOADS_PER_IP)", out slot);

    private static Rejection? Take<T>(
        PartitionedRateLimiter<T>? limiter, T key, int weight, RejectionReason reason, string detail, out RateLimitLease? slot)
    {
        var lease = limiter?.AttemptAcquire(key, weight);
        slot = lease is { IsAcquired: true } ? lease : null;
        if (lease is null or { IsAcquired: true })
        {
            return null;
        }

        lease.Dispose();
        return new Rejection(reason) { RetryAfter = TryAgainIn, Detail = detail };
    }

    private static PartitionedRateLimiter<T>? AtOnce<T>(int most) where T : notnull => most > 0
        ? PartitionedRateLimiter.Create<T, T>(key => RateLimitPartition.GetConcurrencyLimiter(key, _ => new() { PermitLimit = RequestWeight.Whole * most, QueueLimit = 0 }))
        : null;

    [LoggerMessage(1020, LogLevel.Warning,
        "Requests carry X-Forwarded-For, but TRUSTED_PROXIES is 0: limits by address count all clients of the proxy as one")]
    private partial void ProxiesNotConfigured();
}
