using Egress.Storage.S3;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage.S3;

public sealed class S3UploadTests : ObjectUploadContract
{
    public override async ValueTask InitializeAsync()
    {
        var server = await S3Server.GetAsync();
        Bucket = await server.CreateBucketAsync(Stop);
        var client = S3ClientFactory.Create(S3Setup.Options(server));
        Uploads = new S3Uploads(client, TimeProvider.System);
        Storage = new S3Storage(client);
    }
}
