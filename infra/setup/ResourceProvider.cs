using System.Text.Json;

namespace Egress.Setup;

/// <summary>
/// The resource provider Microsoft.App, to which the subnet of a Flex Consumption app is delegated. A deployment does not register it, because the
/// template contains none of its resources.
/// </summary>
internal sealed class ResourceProvider(ResourceManager manager, TimeProvider time)
{
    private const string Version = "api-version=2021-04-01";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Registers the provider, and waits until it is registered. If the user lacks the permission, the error message says who can register it.
    /// </summary>
    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        if (AzdEnvironment.Get("AZURE_SUBSCRIPTION_ID") is not { Length: > 0 } subscription)
        {
            return;
        }

        var provider = $"/subscriptions/{subscription}/providers/Microsoft.App";
        try
        {
            if (await IsRegisteredAsync(provider, cancellationToken))
            {
                return;
            }

            Console.WriteLine("Registering the resource provider Microsoft.App");
            await manager.SendAsync(HttpMethod.Post, $"{provider}/register?{Version}", cancellationToken, once: true);
            var started = time.GetTimestamp();
            for (var delay = TimeSpan.FromSeconds(1); !await IsRegisteredAsync(provider, cancellationToken); delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
            {
                if (time.GetElapsedTime(started) > Limit)
                {
                    throw new SetupException("Azure has not finished within 5 minutes.");
                }

                await Task.Delay(delay, time, cancellationToken);
            }
        }
        catch (SetupException failure)
        {
            Console.WriteLine(
                $"warning: Microsoft.App is not registered in the subscription: {failure.Message} If the deployment fails at the virtual network, "
                + "let an owner of the subscription run `az provider register --namespace Microsoft.App`.");
        }
    }

    private async Task<bool> IsRegisteredAsync(string provider, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await manager.SendAsync(HttpMethod.Get, $"{provider}?{Version}", cancellationToken, once: true));
        return document.RootElement.GetProperty("registrationState").GetString() == "Registered";
    }
}
