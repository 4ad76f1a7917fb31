namespace Egress.Callbacks.Network;

/// <summary>The hosts to which callbacks may be sent (<c>CALLBACK_ALLOWED_HOSTS</c>).</summary>
internal static class HostAllowList
{
    /// <summary>Whether a host is allowed. An empty list allows every host.</summary>
    /// <param name="hosts">Names, or <c>*.example.com</c> for all subdomains.</param>
    /// <param name="host">The host, in ASCII.</param>
    public static bool Allows(IReadOnlyList<string> hosts, string host) =>
        hosts.Count == 0 || hosts.Any(entry => entry.StartsWith("*.", StringComparison.Ordinal)
            ? host.EndsWith(entry[1..], StringComparison.OrdinalIgnoreCase) && host.Length > entry.Length - 1
            : host.Equals(entry, StringComparison.OrdinalIgnoreCase));
}
