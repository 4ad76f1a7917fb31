using System.Globalization;
using System.Text;

namespace Egress.Records.Urls;

/// <summary>The parts of a connection URL. It is parsed like Go's <c>net/url</c>, because existing settings were written for it.</summary>
/// <remarks><see cref="Uri"/> normalizes hosts and escapes, and does not support a list of hosts.</remarks>
internal sealed class ConnectionUrl
{
    private const string EncodingHint =
        "characters such as @ : / ? # % in a user name or password must be percent-encoded (%40 %3A %2F %3F %23 %25)";

    // The encoding is strict, because otherwise a percent-encoded byte that is not UTF-8 would silently change a password.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ConnectionUrl()
    {
    }

    public required string Scheme { get; init; }

    public string? User { get; private init; }

    public string? Password { get; private init; }

    /// <summary>The hosts with their ports, in the order of the URL; empty if it has none.</summary>
    public IReadOnlyList<HostPort> Hosts { get; private init; } = [];

    /// <summary>The decoded path, without the slash that follows the host.</summary>
    public string Path { get; private init; } = "";

    /// <summary>The decoded options, in the order of the URL.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; private init; } = [];

    /// <summary>Parses <c>scheme://user:password@host:port/path?option=value</c>.</summary>
    /// <exception cref="FormatException">The URL is malformed. The message names the fault, and quotes nothing that could be part of a
    /// password.</exception>
    public static ConnectionUrl Parse(string text)
    {
        var (scheme, rest) = Cut(text, "://");
        if (rest is null || text.Any(char.IsControl))
        {
            throw new FormatException("it is not a URL of the form scheme://user:password@host:port/database");
        }

        if (rest.Contains('#'))
        {
            throw new FormatException($"it contains a '#': {EncodingHint}");
        }

        var (beforeQuery, query) = Cut(rest, "?");
        var (authority, path) = Cut(beforeQuery, "/");
        if (rest.LastIndexOf('@') > authority.Length)
        {
            // The password probably contains a '/' or '?'. The rest of the password would be used, and printed, as the name of a database or an
            // option.
            throw new FormatException($"it contains a '@' after the host: {EncodingHint}");
        }

        var at = authority.LastIndexOf('@');
        var (user, password) = Cut(at < 0 ? "" : authority[..at], ":");
        return new ConnectionUrl
        {
            Scheme = scheme.ToLowerInvariant(),
            User = user.Length == 0 ? null : Decode(user, "the user name"),
            Password = password is null ? null : Decode(password, "the password"),
            Hosts = ParseHosts(authority[(at + 1)..]),
            Path = Decode(path ?? "", "the path"),
            Options = ParseOptions(query ?? ""),
        };
    }

    /// <summary>Parses <c>scheme:relative/path?option=value</c> and <c>scheme:///absolute/path?option=value</c>.</summary>
    /// <exception cref="FormatException">The URL is malformed. The message names the fault.</exception>
    public static ConnectionUrl ParseFile(string text)
    {
        var (scheme, rest) = Cut(text, ":");
        var (location, query) = Cut(rest ?? "", "?");
        var path = location.StartsWith("///", StringComparison.Ordinal) ? location[2..] : location;
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            throw new FormatException($"write {scheme}:relative.db or {scheme}:///absolute.db: what follows two slashes is a host");
        }

        return new ConnectionUrl
        {
            Scheme = scheme.ToLowerInvariant(),
            Path = Decode(path, "the path"),
            Options = ParseOptions(query ?? ""),
        };
    }

    /// <summary>Decodes percent-encoded characters.</summary>
    /// <exception cref="FormatException">A percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.</exception>
    private static string Decode(string text, string what)
    {
        for (var i = text.IndexOf('%'); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                throw new FormatException($"{what} has a '%' that does not start an escape: {EncodingHint}");
            }
        }

        try
        {
            // The bytes are decoded here, because Uri.UnescapeDataString does not fail for bytes that are not UTF-8, but leaves them encoded.
            return StrictUtf8.GetString(UnescapeBytes(text));
        }
        catch (ArgumentException)
        {
            throw new FormatException($"{what} has escapes that are not UTF-8");
        }
    }

    private static byte[] UnescapeBytes(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '%')
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 3;
                continue;
            }

            var next = text.IndexOf('%', i) is var escape && escape < 0 ? text.Length : escape;
            bytes.AddRange(StrictUtf8.GetBytes(text[i..next]));
            i = next;
        }

        return [.. bytes];
    }

    private static List<HostPort> ParseHosts(string authority) =>
        authority.Length == 0 ? [] : [.. authority.Split(',').Select(ParseHost)];

    private static HostPort ParseHost(string text)
    {
        if (text.Contains('(') || text.Contains(')'))
        {
            throw new FormatException("the host has parentheses, as in a DSN of Go: write scheme://user:password@host:port/database");
        }

        // An IPv6 address is in brackets, because it contains colons (RFC 3986 §3.2.2).
        var bracket = text.StartsWith('[') ? text.IndexOf(']') : -1;
        if (text.AsSpan().Count('[') + text.AsSpan().Count(']') != (bracket < 0 ? 0 : 2))
        {
            throw new FormatException("the host has a bracket that does not enclose an IPv6 address, as in [::1]:5432");
        }

        var colon = text.IndexOf(':', bracket + 1);
        var host = colon < 0 ? text : text[..colon];
        if (host.Length == 0 || host is "[]")
        {
            // Like the Go drivers.
            host = "localhost";
        }

        if (colon < 0)
        {
            return new HostPort(Decode(host.Trim('[', ']'), "the host"), null);
        }

        // A text that is not a port may be part of a password that was not encoded, so it is never quoted.
        return ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
            ? new HostPort(Decode(host.Trim('[', ']'), "the host"), port)
            : throw new FormatException($"the port is not a number from 1 to 65535: {EncodingHint}");
    }

    private static List<KeyValuePair<string, string>> ParseOptions(string query)
    {
        var options = new List<KeyValuePair<string, string>>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(pair, "=");
            name = Decode(name, "the name of an option");
            if (options.Exists(option => option.Key.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                throw new FormatException($"the option {name} is given twice");
            }

            options.Add(new(name, Decode((value ?? "").Replace('+', ' '), $"the option {name}")));
        }

        return options;
    }

    private static (string Before, string? After) Cut(string text, string separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is var at && at < 0
            ? (text, null)
            : (text[..at], text[(at + separator.Length)..]);
}

/// <summary>One host of a connection URL.</summary>
/// <param name="Host">Name or address, without brackets.</param>
/// <param name="Port">Its port; null for the default of the backend.</param>
internal readonly record struct HostPort(string Host, int? Port)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var host = Host.Contains(':') ? $"[{Host}]" : Host;
        return Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{host}:{port}") : host;
    }
}
