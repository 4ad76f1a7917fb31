
namespace Egress.Server.Hosting;

/// <summary>Where links point to.</summary>
internal static class ServerAddress
{
    /// <summary><c>PUBLIC_URL</c>, else this machine. Never the <c>Host</c> header, which the asker chooses.</summary>
    public static Uri Of(EgressSettings settings, int port) =>
        settings.Signing.PublicUrl ?? new Uri($"{(settings.Server.Tls is null ? "http" : "https")}://localhost:{port}");
}
