using System.Security.Cryptography;
using System.Text;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Egress.Http;

/// <summary>Answers <c>/metrics</c> with the metrics of this process.</summary>
/// <param name="metrics">The page and the credentials that it requires (Basic, RFC 7617).</param>
internal sealed class MetricsEndpoint(MetricsPage metrics)
{
    private const string Scheme = "Basic ";

    // The digest of the expected user name and password; null if none are required. Digests are compared because they have a fixed length, so the
    // time does not disclose the length of the password.
    private readonly byte[]? _expected = metrics.Credentials is { } known ? Digest($"{known.Username}:{known.Password}") : null;

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public Task HandleAsync(HttpContext context, CancellationToken hostStopping)
    {
        if (metrics.Page is not { } page)
        {
            return ProblemTable.NoRoute.WriteAsync(context);
        }

        if (!IsAllowed(context.Request.Headers.Authorization.ToString()))
        {
            return ProblemTable.CredentialsRequired.WriteAsync(context);
        }

        context.Response.Headers.CacheControl = "no-store";
        return page(context);
    }

    private bool IsAllowed(string authorization)
    {
        if (_expected is null)
        {
            return true;
        }

        var bytes = new byte[authorization.Length];
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(authorization[Scheme.Length..], bytes, out var length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(bytes.AsSpan(0, length)), _expected);
    }

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
