
namespace Egress.Server.Hosting;

/// <summary>Finds the base URL of links.</summary>
internal static class ServerAddress
{
    /// <summary>
    /// Returns <c>PUBLIC_URL</c> or, if it is not set, the URL of this machine. The <c>Host</c> header is not used, because the client chooses it.
    /// </summary>
    public static Uri Of(EgressSettings settings, int port) =>
        settings.Signing.PublicUrl ?? new Uri($"{(settings.Server.Tls is null ? "http" : "https")}://localhost:{port}");
}
