using Egress.Storage.S3;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage.S3;

internal static class S3Setup
{
    /// <summary>Returns the options with which Egress uses the test server.</summary>
    public static S3Options Options(S3Server server) => new()
    {
        Endpoint = server.Endpoint,
        ForcePathStyle = true,
        AccessKeyId = server.AccessKey,
        SecretAccessKey = server.SecretKey,
    };
}
