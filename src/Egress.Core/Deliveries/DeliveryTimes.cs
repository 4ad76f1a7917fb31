namespace Egress.Deliveries;

/// <summary>The time limits of deliveries.</summary>
/// <param name="Window">How long an incomplete transfer waits for its next request (<c>RESUME_WINDOW</c>).</param>
/// <param name="Lease">How long after its last renewal a response counts as running (<c>CALLBACK_LEASE</c>).</param>
internal sealed record DeliveryTimes(TimeSpan Window, TimeSpan Lease)
{
    /// <summary>How long the store keeps a reported delivery, so that later responses are not reported again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(7);
}
