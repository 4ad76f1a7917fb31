using Microsoft.Extensions.DependencyInjection;

namespace Egress.Signing;

/// <summary>Registers the signer of links.</summary>
internal static class SigningServiceCollectionExtensions
{
    /// <summary>Adds the <see cref="LinkSigner"/>.</summary>
    /// <param name="services">The services of the host.</param>
    public static IServiceCollection AddSigning(this IServiceCollection services) => services.AddSingleton<LinkSigner>();
}
