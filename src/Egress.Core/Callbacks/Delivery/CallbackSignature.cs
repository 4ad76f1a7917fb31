using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Callbacks.Delivery;

/// <summary>Signs callbacks as specified by Standard Webhooks (https://www.standardwebhooks.com, "Signature scheme", symmetric).</summary>
internal static class CallbackSignature
{
    /// <summary>The shortest secret: in bytes of a decoded <c>whsec_</c> key, or in characters of plain text.</summary>
    public const int LeastLength = 24;

    private const string Base64Prefix = "whsec_";

    /// <summary>Returns the signing key for a secret.</summary>
    /// <returns>The key; null if the secret is too short, or is not base64 after <c>whsec_</c>.</returns>
    public static byte[]? KeyOf(string secret)
    {
        if (!secret.StartsWith(Base64Prefix, StringComparison.Ordinal))
        {
            return secret.Length >= LeastLength ? Encoding.UTF8.GetBytes(secret) : null;
        }

        var buffer = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Base64Prefix.Length..], buffer, out var length) && length >= LeastLength ? buffer[..length] : null;
    }

    /// <summary>Returns the value of the header <c>webhook-signature</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="id">Value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">Value of <c>webhook-timestamp</c>, in Unix seconds.</param>
    /// <param name="body">The body of the request.</param>
    public static string Sign(byte[] key, string id, long timestamp, string body)
    {
        var signed = string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}");
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)));
    }
}
