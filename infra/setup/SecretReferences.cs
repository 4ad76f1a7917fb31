using System.Text.Json;

namespace Egress.Setup;

/// <summary>
/// The app's references to Key Vault. Azure resolves them when it creates the app. If the role assignment of the app's identity is not in effect by
/// then, Azure tries again only a day later.
/// </summary>
internal sealed class SecretReferences(ResourceManager manager, TimeProvider time)
{
    private const string Version = "api-version=2022-03-01";

    private static readonly string[] Final = ["SecretNotFound", "SecretVersionNotFound", "VaultNotFound", "InvalidSyntax"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(15);

    /// <summary>Requests that Azure resolves the references again, until all are resolved, for up to 10 minutes.</summary>
    /// <param name="appId">Resource id of the app.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The references that are not resolved, with their status.</returns>
    public async Task<IReadOnlyList<string>> ResolveAsync(string appId, CancellationToken cancellationToken)
    {
        var references = $"{appId}/config/configreferences/appsettings";
        var started = time.GetTimestamp();
        for (var delay = TimeSpan.FromSeconds(1); ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            var open = await ReadAsync(references, cancellationToken);
            if (open.All(reference => Final.Contains(reference.Status)) || time.GetElapsedTime(started) > Limit)
            {
                return [.. open.Select(reference => $"{reference.Name} ({reference.Status})")];
            }

            Console.WriteLine($"  Not resolved yet: {string.Join(", ", open.Select(reference => reference.Name))}.");
            await manager.SendAsync(HttpMethod.Post, $"{references}/refresh?{Version}", cancellationToken);
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    private async Task<List<(string Name, string Status)>> ReadAsync(string references, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await manager.SendAsync(HttpMethod.Get, $"{references}?{Version}", cancellationToken));
        return
        [
            .. document.RootElement.GetProperty("value").EnumerateArray()
                .Select(reference => (reference.GetProperty("name").GetString()!, reference.GetProperty("properties").GetProperty("status").GetString()!))
                .Where(reference => reference.Item2 != "Resolved"),
        ];
    }
}
