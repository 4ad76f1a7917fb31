using Microsoft.Net.Http.Headers;

namespace Egress.Http.Responses;

/// <summary>The <c>Content-Disposition</c> of an archive (RFC 6266).</summary>
internal static class Attachment
{
    /// <summary>
    /// Returns the value of the header. It has an ASCII <c>filename</c>, and <c>filename*</c> if the ASCII name differs from the name or contains a
    /// percent sign.
    /// </summary>
    /// <param name="name">The archive's name.</param>
    public static string Header(string name)
    {
        // SetHttpFileName is not used, because it does not quote names and writes filename* for every name.
        var ascii = string.Concat(name.EnumerateRunes().Select(static r => r.Value is >= ' ' and <= '~' and not ('"' or '\\') ? r.ToString() : "_"));
        var header = new ContentDispositionHeaderValue("attachment") { FileName = $"\"{ascii}\"" };

        // Browsers decode percent signs such as %41 in filename, but use filename* if it is present.
        if (ascii != name || name.Contains('%'))
        {
            header.FileNameStar = name;
        }

        return header.ToString();
    }
}
