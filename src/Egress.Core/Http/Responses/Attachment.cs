using Microsoft.Net.Http.Headers;

namespace Egress.Http.Responses;

/// <summary>The <c>Content-Disposition</c> of an archive (RFC 6266).</summary>
internal static class Attachment
{
    /// <summary>Builds the header: an ASCII <c>filename</c> for every client, and <c>filename*</c> where that loses something or could be decoded.</summary>
    /// <param name="name">The archive's name.</param>
    public static string Header(string name)
    {
        // SetHttpFileName would leave names without quotes, and write filename* for every name.
        var ascii = string.Concat(name.EnumerateRunes().Select(static r => r.Value is >= ' ' and <= '~' and not ('"' or '\\') ? r.ToString() : "_"));
        var header = new ContentDispositionHeaderValue("attachment") { FileName = $"\"{ascii}\"" };

        // Browsers decode %41 in a filename, but prefer filename* where there is one.
        if (ascii != name || name.Contains('%'))
        {
            header.FileNameStar = name;
        }

        return header.ToString();
    }
}
