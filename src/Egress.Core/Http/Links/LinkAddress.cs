using Egress.Signing;

namespace Egress.Http.Links;

/// <summary>
/// Addresses of links. They begin with <c>PUBLIC_URL</c>, never with the <c>Host</c> header, which the client chooses. Without that setting they are
/// relative to the address of the API.
/// </summary>
internal sealed class LinkAddress(LinkSigner signer, SigningOptions options)
{
    private const string DownloadPath = "/download/";
    private const string PagePath = "/view/";

    // The beginning of relative addresses. They must be relative, because the server does not know its path behind a proxy.
    private static readonly Uri Anywhere = new("http://localhost");

    /// <summary>Returns the signed link to the archive.</summary>
    public string OfArchive(string id, DateTimeOffset? expiresAt) =>
        options.PublicUrl is { } url ? signer.CreateLink(url, id, expiresAt) : signer.CreateLink(Anywhere, id, expiresAt)[Anywhere.OriginalString.Length..];

    /// <summary>Returns the signed link to the page.</summary>
    public string OfPage(string id, DateTimeOffset? expiresAt)
    {
        var archive = OfArchive(id, expiresAt);
        var start = archive.LastIndexOf(DownloadPath + LinkId.ToSegment(id), StringComparison.Ordinal);
        return string.Concat(archive.AsSpan(0, start), PagePath, archive.AsSpan(start + DownloadPath.Length));
    }

    /// <summary>Returns the address of the link in the API.</summary>
    public string OfApi(string id) => $"{options.PublicUrl?.AbsolutePath.TrimEnd('/')}/links/{LinkId.ToSegment(id)}";
}
