using Egress.Callbacks.Delivery;
using Egress.Callbacks.Outbox;
using Egress.Queues;
using Egress.Core.Tests.Settings;
using Egress.Settings;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.Core.Tests.Callbacks;

public sealed class CallbackServicesTests
{
    [Theory]
    [InlineData(true, "SqliteMessageQueue")]
    [InlineData(false, "AzureMessageQueue")]
    public async Task Each_host_registers_the_services_that_it_uses(bool server, string queue)
    {
        var settings = TestSettings.Read(server ? HostProfile.Server : HostProfile.Functions, TestSettings.Database);
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider(validateScopes: true);

        Assert.NotNull(services.GetRequiredService<CallbackDelivery>());
        Assert.NotNull(services.GetRequiredService<PoisonHandler>());
        Assert.NotNull(services.GetRequiredService<CallbackWorker>());
        Assert.NotNull(services.GetRequiredService<UndeliveredCallbacks>());
        Assert.NotNull(services.GetRequiredService<CallbackOutbox>());
        Assert.Equal(queue, services.GetRequiredService<IMessageQueue>().GetType().Name);
    }
}
