using Egress.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Egress.Records;

/// <summary>Wires the store that records are kept in.</summary>
public static class RecordStoreServices
{
    /// <summary>Registers <see cref="IRecordStore"/>, <see cref="IRecordWriter"/> and the store's <see cref="IHealthProbe"/>.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">Where the records are.</param>
    public static IServiceCollection AddRecordStore(this IServiceCollection services, RecordStoreOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(provider => RecordStoreFactory.Create(
                options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<IRecordStore>(provider => provider.GetRequiredService<IRecordBackend>())
            .AddSingleton<IRecordWriter>(provider => provider.GetRequiredService<IRecordBackend>())
            .AddSingleton<IHealthProbe>(provider => provider.GetRequiredService<IRecordBackend>());
    }
}
