using System.Net;
using System.Net.Sockets;

namespace Egress.Setup;

/// <summary>The public address of this machine, which the firewall rules of a new database and of closed accounts allow.</summary>
internal static class ClientAddress
{
    /// <summary>The variable with the address. The value <c>none</c> allows no address.</summary>
    public const string Name = "EGRESS_CLIENT_ADDRESS";

    private const string DefaultService = "https://api.ipify.org";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Whether the firewall rules must allow no public address.</summary>
    public static bool IsNone => AzdEnvironment.Get(Name).Equals("none", StringComparison.OrdinalIgnoreCase);

    /// <summary>Looks up the address and stores it in the azd environment, unless one is set.</summary>
    public static async Task SetAsync(HttpClient client, CancellationToken cancellationToken)
    {
        if (IsFalse("EGRESS_DEPLOY_POSTGRES", "true") && IsFalse("VNET_ENABLED", "false"))
        {
            Console.WriteLine("This machine needs no firewall rule.");
            return;
        }

        if (AzdEnvironment.Get(Name) is { Length: > 0 } set)
        {
            Console.WriteLine($"{Name} is {set}.");
            return;
        }

        var service = AzdEnvironment.Get("EGRESS_ADDRESS_SERVICE") is { Length: > 0 } own ? own : DefaultService;
        if (await FindAsync(client, service, cancellationToken) is not { } address)
        {
            throw new SetupException(
                $"The public address of this machine is needed to prepare the database, and {service} did not return it. "
                + $"Run `azd env set {Name} <IPv4 address>`, or `azd env set {Name} none` to prepare the database from within the virtual network.");
        }

        await AzdEnvironment.SetAsync(Name, address, cancellationToken);
        Console.WriteLine($"{Name} is {address}, as {service} says. A new database allows it; `azd env set {Name} none` allows no address.");
    }

    private static bool IsFalse(string name, string byDefault) =>
        (AzdEnvironment.Get(name) is { Length: > 0 } value ? value : byDefault).Equals("false", StringComparison.OrdinalIgnoreCase);

    private static async Task<string?> FindAsync(HttpClient client, string service, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var text = (await client.GetStringAsync(new Uri(service), limit.Token)).Trim();
            return IPAddress.TryParse(text, out var address) && address.AddressFamily is AddressFamily.InterNetwork ? address.ToString() : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
