namespace Egress.TestKit.Servers;

/// <summary>The decoded parts of a server's URL. <c>ToString</c> returns the URL with percent-encoding.</summary>
internal sealed record ServerUrl(string Scheme, string User, string Password, string Host, int Port, string Database)
{
    /// <exception cref="FormatException">The text is not an absolute URL with a port.</exception>
    internal static ServerUrl Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Port <= 0)
        {
            throw new FormatException("A test server's URL needs the form scheme://user:password@host:port/database.");
        }

        string[] user = url.UserInfo.Split(':', 2);
        return new ServerUrl(
            url.Scheme,
            Uri.UnescapeDataString(user[0]),
            Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? ""),
            url.Host,
            url.Port,
            Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Scheme}://{Uri.EscapeDataString(User)}:{Uri.EscapeDataString(Password)}@{Host}:{Port}/{Uri.EscapeDataString(Database)}";
}
