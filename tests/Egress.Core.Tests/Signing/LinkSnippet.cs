using System.Security.Cryptography;
using System.Text;

internal static class Links
{
    public static string Sign(string baseUrl, string id, long? expiry, string secret)
    {
        var message = expiry is null ? id : $"{id}|{expiry}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(message));
        var query = expiry is null ? "" : $"expiry={expiry}&";
        return $"{baseUrl}/download/{Uri.EscapeDataString(id)}?{query}signature={Convert.ToHexStringLower(signature)}";
    }
}
