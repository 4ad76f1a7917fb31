using Egress.Links.Budgets;
using Egress.Links.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Links;

/// <summary>Registers the services of links.</summary>
internal static class LinkServiceCollectionExtensions
{
    /// <summary>Adds the services that create links, end the transfers of revoked ones, and count downloads.</summary>
    /// <param name="services">The services of the host.</param>
    public static IServiceCollection AddLinks(this IServiceCollection services) => services
        .AddSingleton<ApiKeyRing>()
        .AddSingleton<LinkCreator>()
        .AddSingleton<LinkWatch>()
        .AddSingleton<LinkBudgets>()
        .AddSingleton<LinkUse>()
        .AddSingleton<LinkReport>();
}
