using System.Globalization;
using Amazon.Runtime.Internal.Auth;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Storage.S3;

/// <summary>Tests with the vectors that AWS has published, and a comparison with the SDK.</summary>
public sealed class S3SignatureTests
{
    /// <summary>Values from the test suite of AWS Signature Version 4.</summary>
    private const string SuiteId = "AKIDEXAMPLE";
    private const string SuiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string SuiteTime = "20150830T123600Z";

    [Theory]
    [InlineData("get-vanilla", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-utf8", "/%E1%88%B4", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")]
    [InlineData(
        "get-unreserved",
        "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    public void A_request_of_the_test_suite_has_the_published_signature(string name, string path, string expected)
    {
        KeyValuePair<string, string>[] headers = [new("host", "example.amazonaws.com"), new("x-amz-date", SuiteTime)];
        var authorization = new S3Signature("us-east-1", "service").Authorize(SuiteId, SuiteSecret, SuiteTime, path, headers);
        Assert.True(
            authorization == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + $"SignedHeaders=host;x-amz-date, Signature={expected}",
            $"{name}: {authorization}");
    }

    [Fact]
    public void Values_of_headers_are_trimmed_as_in_the_test_suite()
    {
        KeyValuePair<string, string>[] headers =
        [
            new("host", "example.amazonaws.com"), new("my-header1", " value1"), new("my-header2", " \"a   b   c\""), new("x-amz-date", SuiteTime),
        ];
        Assert.EndsWith(
            "Signature=acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            new S3Signature("us-east-1", "service").Authorize(SuiteId, SuiteSecret, SuiteTime, "/", headers),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_a_ranged_get_has_the_signature_in_the_documentation_of_s3()
    {
        KeyValuePair<string, string>[] headers =
        [
            new("host", "examplebucket.s3.amazonaws.com"), new("range", "bytes=0-9"),
            new("x-amz-content-sha256", S3Signature.EmptyHash), new("x-amz-date", "20130524T000000Z"),
        ];
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            new S3Signature("us-east-1", "s3").Authorize(
                "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524T000000Z", "/test.txt", headers));
    }

    [Fact]
    public void Each_day_and_each_secret_has_a_key_of_its_own()
    {
        var shared = new S3Signature("eu-x", "s3");
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var time = S3Signature.Format(new DateTime(2026, 2, 28, 23, 59, 59, DateTimeKind.Utc).AddSeconds(random.Next(3)));
            var secret = random.Next(2) == 0 ? "first" : "second";
            KeyValuePair<string, string>[] headers = [new("host", "h"), new("x-amz-date", time)];
            Assert.Equal(
                new S3Signature("eu-x", "s3").Authorize("id", secret, time, "/", headers), shared.Authorize("id", secret, time, "/", headers));
        }
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData("http://127.0.0.1:9000", true)]
    [InlineData("http://[::1]:9000", true)]
    [InlineData("http://127.0.0.1:9000/base/path", true)]
    [InlineData("https://store.example.com", false)]
    [InlineData("https://store.example.com:443", false)]
    public async Task Url_and_signature_of_any_key_equal_those_of_the_sdk(string? endpoint, bool isPathStyle)
    {
        using var client = S3ClientFactory.Create(new S3Options
        {
            Endpoint = endpoint is null ? null : new Uri(endpoint),
            Region = "eu-central-1",
            ForcePathStyle = isPathStyle,
            AccessKeyId = "id",
            SecretAccessKey = "secret",
        });
        var target = S3Target.Of(client, "bucket")!;
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var key = RandomKey(random);
            var path = target.PathOf(key);

            // A URL signed by the SDK differs from the URL of a request only in its query. The SDK removes one slash from the start of a key.
            var signed = new Uri(await client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
            {
                BucketName = "bucket",
                Key = isPathStyle && key.StartsWith('/') ? "/" + key : key,
                Protocol = target.UrlOf(path).Scheme == "http" ? Protocol.HTTP : Protocol.HTTPS,
                Expires = DateTime.UtcNow.AddHours(1),
            }), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            Assert.Equal((signed.Authority, signed.AbsolutePath), (target.UrlOf(path).Authority, target.UrlOf(path).PathAndQuery));
            AssertSigned(target, path, random);
        }
    }

    private static void AssertSigned(S3Target target, string path, Random random)
    {
        var date = S3Signature.Format(DateTime.UnixEpoch.AddSeconds(random.Next()));
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = target.Host,
            ["range"] = string.Create(CultureInfo.InvariantCulture, $"bytes={random.Next()}-"),
            ["x-amz-content-sha256"] = S3Signature.EmptyHash,
            ["x-amz-date"] = date,
        };
        if (random.Next(2) == 0)
        {
            headers["if-match"] = $"\"{random.Next()}\"";
        }

        if (random.Next(2) == 0)
        {
            headers["x-amz-security-token"] = Convert.ToBase64String(BitConverter.GetBytes(random.NextInt64()));
        }

        var names = string.Join(';', headers.Keys);
        var canonical = $"GET\n{path}\n\n{string.Concat(headers.Select(h => $"{h.Key}:{h.Value}\n"))}\n{names}\n{S3Signature.EmptyHash}";
        var time = DateTime.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        var expected = AWS4Signer.ComputeSignature("id", "secret", "eu-central-1", time, "s3", names, canonical);
        Assert.Equal(expected.ForAuthorizationHeader, target.Signature.Authorize("id", "secret", date, path, [.. headers]));
    }

    private static string RandomKey(Random random)
    {
        string[] pieces =
        [
            "/", "//", ".", "..", "a", "Z", "0", " ", "  ", "+", "%", "%2F", "%20", "?", "#", "&", "=", ":", "@", "!", "$", "'", "(", ")", "*", ",", ";", "~", "-",
            "_", "\\", "\"", "<", ">", "[", "]", "{", "}", "|", "^", "`", "\t", "\n", "\u0001", "\u007f", "ä", "e\u0301", "ሴ", "日本", "😀", "\uFFFD", "\u2028",
        ];
        while (true)
        {
            var key = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (key.Split('/').All(part => part is not ("." or "..")))
            {
                return key;
            }
        }
    }
}
