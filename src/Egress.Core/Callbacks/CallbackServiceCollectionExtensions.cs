using Egress.Callbacks.Delivery;
using Egress.Callbacks.Network;
using Egress.Callbacks.Outbox;
using Egress.Queues;
using Egress.Queues.AzureQueue;
using Egress.Queues.Sqlite;
using Egress.Links;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Callbacks;

/// <summary>Registers callbacks.</summary>
internal static class CallbackServiceCollectionExtensions
{
    /// <summary>
    /// Adds the queue and the outbox of downloads, <see cref="CallbackDelivery"/> and <see cref="PoisonHandler"/> for the triggers of the Functions
    /// app, <see cref="CallbackWorker"/> for the plain server, and <see cref="UndeliveredCallbacks"/> for operators.
    /// </summary>
    /// <param name="services">The host's services, which already contain <see cref="CallbackOptions"/>.</param>
    /// <param name="options">The settings.</param>
    public static IServiceCollection AddCallbacks(this IServiceCollection services, CallbackOptions options) => services
        .AddQueue(options)
        .AddSingleton<CallbackReport>()
        .AddSingleton(provider => new CallbackSpool(
            options.Folder is { } folder ? Path.Combine(folder, "spool") : null, provider.GetRequiredService<CallbackReport>()))
        .AddSingleton<CallbackOutbox>()
        .AddHostedService<SpoolWorker>()
        .AddSingleton(provider => new CallbackSender(CallbackHttp.CreateClient(options), options, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(static provider => new CallbackDelivery(
            provider.GetRequiredService<CallbackSender>(),
            provider.GetRequiredService<IMessageQueue>(),
            provider.GetRequiredService<IPoisonQueue>(),
            provider.GetRequiredService<CallbackOptions>(),
            provider.GetRequiredService<CallbackReport>(),
            provider.GetRequiredService<LinkUse>(),
            provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(static provider => new PoisonHandler(
            provider.GetRequiredService<IPoisonQueue>(), provider.GetRequiredService<CallbackReport>()))
        .AddSingleton<CallbackWorker>()
        .AddSingleton<UndeliveredCallbacks>()
        .AddCallbackCheck();

    private static IServiceCollection AddCallbackCheck(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<CallbackHealthCheck>("callbacks");
        return services;
    }

    private static IServiceCollection AddQueue(this IServiceCollection services, CallbackOptions options) => options switch
    {
        { Azure: { } account } => services
            .AddSingleton(_ => new AzureQueueAccount(account, options.QueueName))
            .AddSingleton<IMessageQueue, AzureMessageQueue>()
            .AddSingleton<IPoisonQueue, AzurePoisonQueue>(),
        { Folder: { } folder } => services
            .AddSingleton(provider => new SqliteQueueFile(folder, QueueNames.CallbacksFile, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<IMessageQueue, SqliteMessageQueue>()
            .AddSingleton<IPoisonQueue, SqlitePoisonQueue>(),
        _ => throw new ArgumentException("Callbacks need an account or a folder.", nameof(options)),
    };
}
