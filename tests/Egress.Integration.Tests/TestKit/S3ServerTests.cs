using Amazon.S3;
using Amazon.S3.Model;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.TestKit;

public sealed class S3ServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_is_read_back_as_it_was_stored()
    {
        S3Server server = await S3Server.GetAsync();
        string bucket = await server.CreateBucketAsync(Token);
        byte[] content = [.. Enumerable.Range(0, 100_000).Select(n => (byte)n)];

        await server.PutAsync(bucket, "ä b/#%+.bin", content, Token);

        Assert.Equal(content, await ReadAsync(server, bucket, "ä b/#%+.bin"));
    }

    [Fact]
    public async Task A_server_of_its_own_restarts_with_its_data_after_a_crash()
    {
        await using S3Server server = await S3Server.StartAsync();
        string bucket = await server.CreateBucketAsync(Token);
        await server.PutAsync(bucket, "x", new byte[] { 1, 2, 3 }, Token);

        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.Equal([1, 2, 3], await ReadAsync(server, bucket, "x"));
    }

    private static async Task<byte[]> ReadAsync(S3Server server, string bucket, string key)
    {
        using AmazonS3Client client = server.CreateClient();
        using GetObjectResponse response = await client.GetObjectAsync(bucket, key, Token);
        using var bytes = new MemoryStream();
        await response.ResponseStream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }
}
