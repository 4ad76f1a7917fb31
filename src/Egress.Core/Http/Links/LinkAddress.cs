using Egress.Signing;

namespace Egress.Http.Links;

/// <summary>
/// Builds the addresses of links. They start with <c>PUBLIC_URL</c> and never with the <c>Host</c> header, because the client chooses that header.
/// Without the setting they are relative to the address of the API.
/// </summary>
internal sealed class LinkAddress(LinkSigner signer, SigningOptions options)
{
    private const string DownloadPath = "/download/";
    private const string PagePath = "/view/";

    // A placeholder that is cut off again to get relative addresses. They are relative, because the server does not know its public address behind a
    // proxy.
    private static readonly Uri Anywhere = new("http://localhost");

    /// <summary>Returns the signed link to the archive.</summary>
    public string OfArchive(string id, DateTimeOffset? expiresAt) =>
        options.PublicUrl is { } url ? signer.CreateLink(url, id, expiresAt) : signer.CreateLink(Anywhere, id, expiresAt)[Anywhere.OriginalString.Length..];

    /// <summary>Returns the signed link to the page about the archive.</summary>
    public string OfPage(string id, DateTimeOffset? expiresAt)
    {
        var archive = OfArchive(id, expiresAt);
        var start = archive.LastIndexOf(DownloadPath + LinkId.ToSegment(id), StringComparison.Ordinal);
        return string.Concat(archive.AsSpan(0, start), PagePath, archive.AsSpan(start + DownloadPath.Length));
    }

    /// <summary>Returns the address under which the API returns the state of the link.</summary>
    public string OfApi(string id) => $"{options.PublicUrl?.AbsolutePath.TrimEnd('/')}/links/{LinkId.ToSegment(id)}";
}
