using Amazon.S3;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Storage.S3;

public sealed class S3TargetTests
{
    [Theory]
    [InlineData("bucket", "https://bucket.s3.eu-central-1.amazonaws.com/a%20b//c")]
    [InlineData("bucket.with.dots", "https://s3.eu-central-1.amazonaws.com/bucket.with.dots/a%20b//c")]
    [InlineData("arn:aws:s3:eu-central-1:123456789012:accesspoint/photos", "https://photos-123456789012.s3-accesspoint.eu-central-1.amazonaws.com/a%20b//c")]
    public void An_object_has_the_url_that_the_sdk_resolves(string bucket, string expected)
    {
        using var client = Client();
        var target = S3Target.Of(client, bucket)!;
        Assert.Equal(expected, target.UrlOf(target.PathOf("a b//c")).AbsoluteUri);
    }

    [Theory]
    [InlineData("bucket--euc1-az1--x-s3")]
    [InlineData("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap")]
    public void A_bucket_that_needs_another_signature_is_left_to_the_sdk(string bucket)
    {
        using var client = Client();
        Assert.Null(S3Target.Of(client, bucket));
    }

    private static AmazonS3Client Client() =>
        S3ClientFactory.Create(new S3Options { Region = "eu-central-1", AccessKeyId = "id", SecretAccessKey = "secret" });
}
