using Microsoft.Extensions.DependencyInjection;

namespace Egress.Signing;

/// <summary>Wiring of the signatures.</summary>
public static class SigningServices
{
    /// <summary>Adds the <see cref="LinkSigner"/>; needs <see cref="SigningOptions"/>.</summary>
    /// <param name="services">The services of the host.</param>
    public static IServiceCollection AddSigning(this IServiceCollection services) => services.AddSingleton<LinkSigner>();
}
