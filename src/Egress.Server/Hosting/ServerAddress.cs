
namespace Egress.Server.Hosting;

/// <summary>The base of links.</summary>
internal static class ServerAddress
{
    /// <summary>Returns <c>PUBLIC_URL</c>, else this machine. Never the <c>Host</c> header, which the client chooses.</summary>
    public static Uri Of(EgressSettings settings, int port) =>
        settings.Signing.PublicUrl ?? new Uri($"{(settings.Server.Tls is null ? "http" : "https")}://localhost:{port}");
}
