using Egress.Callbacks;
using Egress.Records.Roles;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Deliveries;

/// <summary>Registers deliveries.</summary>
internal static class DeliveryServices
{
    /// <summary>
    /// Adds <see cref="DeliveryTracker"/> for downloads, <see cref="DeliverySweep"/> for timers, and <see cref="DeliveryWorker"/> for the plain
    /// server.
    /// </summary>
    public static IServiceCollection AddDeliveries(this IServiceCollection services) => services
        .AddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<CallbackOptions>();
            return new DeliveryTimes(options.ResumeWindow, options.Lease);
        })
        .AddSingleton<DeliveryReport>()
        .AddSingleton<DeliveryUpdates>()
        .AddSingleton<DeliveryAnnouncer>()
        .AddSingleton<DeliveryTracker>()
        .AddSingleton(static provider => new DeliverySweep(
            provider.GetRequiredService<IDeliveryStore>(), provider.GetRequiredService<DeliveryTracker>(), provider.GetRequiredService<DeliveryTimes>()));
}
