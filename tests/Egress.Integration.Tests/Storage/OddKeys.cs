using System.Text;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>Keys that clients, servers or file systems may change, and the keys that they would become.</summary>
internal static class OddKeys
{
    public static TheoryData<string> All() =>
    [
        "/lead.jpg", "//lead.jpg", "trail/", "trail//", "in//side.jpg", "/both/", " /  / ", " lead.jpg", "trail.jpg ", ".hidden", "dot.", "dots..", "a./b.jpg",
        "...", "a/.../b.jpg", "~", "-", "_", "*", "one+one.jpg", "+", "100%.jpg", "%2F.jpg", "%41.jpg", "%", "a%2fb.jpg", "%25", "q?x=1&y=2.jpg", "#hash.jpg",
        "a;b,c=d@e:f!g$h.jpg", "quote'\"`.jpg", "<tag>&amp;.jpg", "[b]{c}|d^e.jpg", "back\\slash.jpg", "\\", "C:\\x.jpg", "C:x.jpg",
        "tab\there.jpg", "new\nline.jpg", "return\r.jpg", "\u0001\u001f.jpg", "\u007f\u0085.jpg", "bom\uFEFF.jpg", "\uFFFE.jpg", "\uFFFF.jpg", "\uFFFD.jpg",
        "\u202Egpj.exe", "\u2028line.jpg", "\uE000private.jpg", "日本/ünïcode/😀.jpg", "e\u0301.jpg", "\u00e9.jpg", "ﬁ.jpg", "K.jpg", "İ.jpg", "UPPER.jpg",
        Long('k', 1024), Long('é', 512), string.Join('/', Enumerable.Repeat("d", 300)),
    ];

    /// <summary>Returns other keys that a faulty client, server or file system could use in place of a key.</summary>
    public static IEnumerable<string> Neighbors(string key) => new[]
    {
        key.Trim('/'), key.TrimStart('/'), key.TrimEnd('/'), key.Replace("//", "/", StringComparison.Ordinal), key.Trim(), key.TrimEnd('.'),
        key.TrimEnd('.', ' '), key.Replace("./", "/", StringComparison.Ordinal), key.Replace('+', ' '), key.Replace('\\', '/'),
        Uri.UnescapeDataString(key), Uri.EscapeDataString(key), key.Split('?', '#')[0], key.Normalize(NormalizationForm.FormC),
        key.Normalize(NormalizationForm.FormD), key.Normalize(NormalizationForm.FormKC), key.ToLowerInvariant(), "/" + key,
        string.Concat(key.Where(letter => !char.IsControl(letter))), string.Concat(key.Where(letter => letter < 0xFFFE)),
    }.Where(other => other != key && other.Length > 0 && !other.Split('/').Any(part => part is "." or "..")
        && Encoding.UTF8.GetByteCount(other) <= 1024).Distinct(StringComparer.Ordinal);

    private static string Long(char letter, int count) =>
        string.Concat(Enumerable.Range(1, count).Select(index => index % 100 == 0 ? '/' : letter));
}
