using Egress.Backends;
using Egress.Exports.Building;
using Egress.Exports.Running;
using Egress.Limits;
using Egress.Queues;
using Egress.Queues.AzureQueue;
using Egress.Queues.Sqlite;
using Egress.Storage;
using Egress.Storage.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Exports;

/// <summary>Registers exports.</summary>
internal static class ExportServices
{
    /// <summary>The service key of the queue's storage account.</summary>
    internal const string Key = "egress.exports";

    /// <summary>
    /// Adds <see cref="ExportCreator"/> for requests, <see cref="ExportBuilder"/> and <see cref="ExportSweep"/> for the triggers of the Functions
    /// app, and <see cref="ExportWorker"/> for the plain server.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="options">The settings.</param>
    /// <param name="resilience">Retries and time limits of storages.</param>
    /// <param name="breaker">When to suspend requests to them.</param>
    public static IServiceCollection AddExports(
        this IServiceCollection services, ExportOptions options, ResilienceOptions resilience, CircuitBreakerOptions breaker) => services
        .AddQueue(options)
        .AddTarget(options.Storage, resilience, breaker)
        .AddSingleton<ExportJobs>()
        .AddSingleton<ActiveExports>()
        .AddSingleton<ExportReport>()
        .AddSingleton<ExportCreator>()
        .AddSingleton(provider => new PartMemory(
            options.Concurrency, options.Concurrency * options.PartSize, PartCutter.MostOfUsualPart(options.PartSize), provider.GetRequiredService<ProcessLimits>().Buffers))
        .AddSingleton<ExportPlanner>()
        .AddSingleton<ExportPartWriter>()
        .AddSingleton<UploadGuard>()
        .AddSingleton<LostUploads>()
        .AddSingleton<ExportPass>()
        .AddSingleton<ExportEnding>()
        .AddSingleton<ExportSteps>()
        .AddSingleton(static provider => new ExportBuilder(
            provider.GetRequiredService<ExportJobs>(), provider.GetRequiredService<ExportQueue>(), provider.GetRequiredService<ExportSteps>(),
            provider.GetRequiredService<ExportEnding>(), provider.GetRequiredService<ExportReport>()))
        .AddSingleton(provider => new ExportSweep(
            provider.GetRequiredService<ExportJobs>(), provider.GetRequiredService<ExportQueue>(), provider.GetRequiredService<ExportEnding>(), options,
            provider.GetRequiredService<ExportReport>()));

    private static IServiceCollection AddTarget(
        this IServiceCollection services, StorageOptions? other, ResilienceOptions resilience, CircuitBreakerOptions breaker) => other is null
        ? services.AddSingleton(static provider => new ExportTarget(provider.GetRequiredService<IObjectStorage>(), IsSource: true))
        : services
            .AddSingleton(provider => new OtherStorage(
                other, resilience, breaker, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()))
            .AddSingleton(static provider => new ExportTarget(provider.GetRequiredService<OtherStorage>().Objects, IsSource: false))
            .AddSingleton(static provider => provider.GetRequiredService<OtherStorage>().Uploads);

    private static IServiceCollection AddQueue(this IServiceCollection services, ExportOptions options) => options switch
    {
        { Azure: { } account } => services
            .AddKeyedSingleton(Key, (_, _) => new AzureQueueAccount(account, QueueNames.Exports))
            .AddSingleton(static provider => new ExportQueue(new AzureMessageQueue(provider.GetRequiredKeyedService<AzureQueueAccount>(Key)))),
        { Folder: { } folder } => services
            .AddKeyedSingleton(Key, (provider, _) => new SqliteQueueFile(folder, QueueNames.ExportsFile, provider.GetRequiredService<TimeProvider>(), survivesPowerLoss: false))
            .AddSingleton(static provider => new ExportQueue(new SqliteMessageQueue(provider.GetRequiredKeyedService<SqliteQueueFile>(Key)))),
        _ => throw new ArgumentException("Exports need an account or a folder.", nameof(options)),
    };
}
