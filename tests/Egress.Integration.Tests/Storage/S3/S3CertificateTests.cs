using System.Net;
using System.Security.Cryptography.X509Certificates;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.S3;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>Tests with an endpoint whose certificate was issued by a private authority.</summary>
public sealed class S3CertificateTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private WebApplication _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await TestCertificate.WriteAsync(_folder["cert.pem"], _folder["key.pem"]);
        await TestCertificate.WriteAsync(_folder["other.pem"], _folder["other-key.pem"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var certificate = X509Certificate2.CreateFromPemFile(_folder["cert.pem"], _folder["key.pem"]);
        builder.WebHost.ConfigureKestrel(options => options.Listen(
            IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        _server = builder.Build();
        _server.Run(static context => context.Response.WriteAsync(""));
        await _server.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _server.DisposeAsync();
        await _folder.DisposeAsync();
    }

    private async Task<ObjectProperties?> LookUpAsync(string? authorities)
    {
        using var client = S3ClientFactory.Create(new S3Options
        {
            Endpoint = new Uri(_server.Urls.Single()),
            ForcePathStyle = true,
            AccessKeyId = "key",
            SecretAccessKey = "secret",
            CertificateAuthorities = authorities,
        });
        return await new S3Storage(client).LookUpAsync(new ObjectLocation("bucket", "a.jpg"), Stop);
    }

    [Fact]
    public async Task The_authority_of_S3_CA_FILE_is_trusted() => Assert.NotNull(await LookUpAsync(_folder["cert.pem"]));

    [Theory]
    [InlineData(null)]
    [InlineData("other.pem")]
    public async Task Another_authority_is_refused_and_the_message_says_why(string? file)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(() => LookUpAsync(file is null ? null : _folder[file]));
        Assert.Equal(BackendFault.Unavailable, thrown.Fault);
        Assert.Contains(file is null ? "certificate" : "the certificate is self-signed (S3_CA_FILE)", thrown.Message, StringComparison.Ordinal);
    }
}
