using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Signing;

/// <summary>
/// Explains why a signature does not match, by trying the most frequent mistakes of applications that sign links. The explanation is for logs and the
/// command line; the HTTP response does not contain it. Signatures are compared in constant time, because some candidates are the right signature in
/// another encoding.
/// </summary>
internal static class LinkDiagnosis
{
    private const int HexLength = 2 * HMACSHA256.HashSizeInBytes;

    /// <summary>Explains a signature that does not match.</summary>
    /// <param name="secrets">The secrets with which links may be signed.</param>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The text of the expiry; null or empty for none.</param>
    /// <param name="signature">The signature that does not match.</param>
    public static string Explain(IReadOnlyList<byte[]> secrets, string id, string? expiry, string signature)
    {
        var (bytes, isHex) = Decode(signature);
        if (bytes.Length != HMACSHA256.HashSizeInBytes)
        {
            return $"the signature has {signature.Length} characters; HMAC-SHA256 in hexadecimal has {HexLength}";
        }

        var form = isHex ? "" : "the signature is base64 instead of hexadecimal";
        foreach (var (payload, mistake) in Payloads(id, expiry))
        {
            foreach (var (key, keyMistake) in secrets.SelectMany(Keys))
            {
                if (CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(payload)), bytes))
                {
                    return string.Join("; ", new[] { form, mistake, keyMistake }.Where(static text => text.Length > 0));
                }
            }
        }

        var other = "it was made with another secret, or for another id or expiry";
        return isHex ? other : $"{form}, and {other}";
    }

    private static (byte[] Bytes, bool IsHex) Decode(string signature)
    {
        if (signature.Length == HexLength && signature.All(char.IsAsciiHexDigit))
        {
            return (Convert.FromHexString(signature), true);
        }

        // A query parser decodes + to a space.
        var base64 = signature.Replace(' ', '+').Replace('+', '-').Replace('/', '_');
        return (Base64Url.IsValid(base64) ? Base64Url.DecodeFromChars(base64) : [], false);
    }

    /// <summary>Returns the correct text to sign first, and then texts that applications sign by mistake, each with a description of the mistake.</summary>
    private static IEnumerable<(string Payload, string Mistake)> Payloads(string id, string? expiry)
    {
        var escaped = Uri.EscapeDataString(id);
        var end = string.IsNullOrEmpty(expiry) ? "" : $"|{expiry}";
        yield return (id + end, "");
        yield return (id + end + "\n", "the payload that was signed ends with a line break");
        if (escaped != id)
        {
            yield return (escaped + end, "the percent-encoded id was signed instead of the id");
        }

        foreach (var path in new[] { $"/download/{escaped}", $"download/{escaped}", $"/{escaped}" })
        {
            yield return (path + end, "the path was signed instead of the id");
            yield return (path, "the path was signed instead of the id and the expiry");
            yield return ($"{path}?expiry={expiry}", "the path and the query were signed instead of the id and the expiry");
        }

        if (end.Length == 0)
        {
            yield break;
        }

        yield return (id, "the id was signed without the expiry");
        foreach (var separator in new[] { ".", ":", "", "-", ",", "&", "?expiry=" })
        {
            yield return ($"{id}{separator}{expiry}", $"the payload that was signed has \"{separator}\" instead of \"|\" between id and expiry");
        }

        yield return ($"{expiry}|{id}", "the expiry was signed before the id");
    }

    /// <summary>Returns the correct key for a secret first, and then keys that applications derive from it by mistake.</summary>
    private static IEnumerable<(byte[] Key, string Mistake)> Keys(byte[] secret)
    {
        yield return (secret, "");
        yield return ([.. secret, (byte)'\n'], "the secret that was used ends with a line break");
        var text = Encoding.UTF8.GetString(secret);
        if (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit))
        {
            yield return (Convert.FromHexString(text), "the secret was decoded from hexadecimal; its text is the key");
        }
    }
}
