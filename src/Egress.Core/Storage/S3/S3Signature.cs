using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Storage.S3;

/// <summary>Signs requests without a body with AWS Signature Version 4. The signing key, which changes daily, is cached.</summary>
/// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html</remarks>
/// <param name="region">Region of the service.</param>
/// <param name="service">Name of the service.</param>
internal sealed class S3Signature(string region, string service)
{
    /// <summary>The SHA-256 of an empty body.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Algorithm = "AWS4-HMAC-SHA256";

    private DayKey? _key;

    /// <summary>Returns a time in the format of <c>x-amz-date</c>.</summary>
    public static string Format(DateTime time) => time.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Returns the value of <c>Authorization</c> for a GET.</summary>
    /// <param name="accessKeyId">Id of the access key.</param>
    /// <param name="secretAccessKey">The access key.</param>
    /// <param name="time">The result of <see cref="Format"/>.</param>
    /// <param name="path">The path of the URL, encoded.</param>
    /// <param name="headers">The headers to sign, with names in lower case and in the order of their names.</param>
    public string Authorize(
        string accessKeyId, string secretAccessKey, string time, string path, ReadOnlySpan<KeyValuePair<string, string>> headers)
    {
        var day = time[..8];
        var scope = $"{day}/{region}/{service}/aws4_request";
        var (lines, names) = (new StringBuilder(512), new StringBuilder(96));
        lines.Append("GET\n").Append(path).Append("\n\n");
        foreach (var (name, value) in headers)
        {
            lines.Append(name).Append(':').Append(Trimmed(value)).Append('\n');
            names.Append(names.Length > 0 ? ";" : "").Append(name);
        }

        lines.Append('\n').Append(names).Append('\n').Append(EmptyHash);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HashOf(lines.ToString(), default, hash);
        HashOf($"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(hash)}", KeyOf(secretAccessKey, day), hash);
        return $"{Algorithm} Credential={accessKeyId}/{scope}, SignedHeaders={names}, Signature={Convert.ToHexStringLower(hash)}";
    }

    /// <summary>Returns a header value without surrounding spaces, and with one space in place of several.</summary>
    private static string Trimmed(string value)
    {
        value = value.Trim(' ');
        while (value.Contains("  ", StringComparison.Ordinal))
        {
            value = value.Replace("  ", " ", StringComparison.Ordinal);
        }

        return value;
    }

    /// <summary>Returns the SHA-256 of a text, or its HMAC if a key is given.</summary>
    private static void HashOf(string text, ReadOnlySpan<byte> key, Span<byte> hash)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var bytes = buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer));
        if (key.IsEmpty)
        {
            SHA256.HashData(bytes, hash);
        }
        else
        {
            HMACSHA256.HashData(key, bytes, hash);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private byte[] KeyOf(string secret, string day)
    {
        if (_key is { } known && known.Day == day && known.Secret == secret)
        {
            return known.Key;
        }

        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in new[] { day, region, service, "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        _key = new DayKey(day, secret, key);
        return key;
    }

    private sealed record DayKey(string Day, string Secret, byte[] Key);
}
