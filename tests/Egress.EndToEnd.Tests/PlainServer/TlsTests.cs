using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests of HTTPS with a certificate that an intermediate authority issued. The client trusts only the root authority.</summary>
public sealed class TlsTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly Authority _root = new("CN=Root", issuer: null);
    private readonly Authority _intermediate;

    public TlsTests() => _intermediate = new Authority("CN=Intermediate", _root);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _intermediate.Dispose();
        _root.Dispose();
        await _folder.DisposeAsync();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public async Task A_client_that_knows_the_root_only_connects(int major, int minor)
    {
        await WriteAsync("first");
        await using var server = await StartAsync();
        using var client = Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health") { Version = new(major, minor), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.SendAsync(request, Token);
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_certificate_that_was_renewed_is_used_without_a_restart_and_a_broken_one_is_not()
    {
        await WriteAsync("first");
        await using var server = await StartAsync();
        Assert.Equal("CN=first", await SubjectAsync(server));

        await WriteAsync("second");
        await Eventually.UntilAsync(async () => await SubjectAsync(server) == "CN=second", "the second certificate", Token);
        Assert.Contains("\"EventId\":6010", await server.Process.WaitForLineAsync("\"EventId\":6010", Limit), StringComparison.Ordinal);

        await File.WriteAllTextAsync(_folder["tls.crt"], "-----BEGIN CERTIFICATE-----", Token);
        await Eventually.UntilAsync(
            async () =>
            {
                Assert.Equal("CN=second", await SubjectAsync(server));
                return server.Process.Log.Lines.Any(static line => line.Contains("\"EventId\":6011", StringComparison.Ordinal));
            },
            "the warning of the broken certificate",
            Token);

        await WriteAsync("third");
        await Eventually.UntilAsync(async () => await SubjectAsync(server) == "CN=third", "the third certificate", Token);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_stop_the_start_and_are_named()
    {
        await WriteAsync("first");
        await File.WriteAllTextAsync(_folder["other.key"], RSA.Create(2048).ExportPkcs8PrivateKeyPem(), Token);
        await File.WriteAllTextAsync(_folder["empty.crt"], "", Token);
        foreach (var (certificate, key) in new[] { ("tls.crt", "gone.key"), ("tls.crt", "other.key"), ("tls.key", "tls.key"), ("empty.crt", "tls.key") })
        {
            var result = await EgressServer.RunInNewFolderAsync(
                [("ENABLE_HTTPS", "true"), ("TLS_CERT_FILE", _folder[certificate]), ("TLS_KEY_FILE", _folder[key])], "serve");
            Assert.Equal(1, result.ExitCode);
            Assert.Contains($"TLS_CERT_FILE {_folder[certificate]}", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        }
    }

    private Task<EgressServer> StartAsync() =>
        EgressServer.StartAsync(("ENABLE_HTTPS", "true"), ("TLS_CERT_FILE", _folder["tls.crt"]), ("TLS_KEY_FILE", _folder["tls.key"]));

    private HttpClient Client(EgressServer server) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _root.Certificate },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        },
    })
    {
        BaseAddress = new UriBuilder("https", "localhost", server.Port).Uri,
    };

    private async Task<string> SubjectAsync(EgressServer server)
    {
        var subject = "";
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => (subject = certificate!.Subject).Length > 0,
        };
        using var client = new HttpClient(handler) { BaseAddress = new UriBuilder("https", "localhost", server.Port).Uri };
        using var answer = await client.GetAsync("/health", Token);
        return subject;
    }

    private async Task WriteAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = _intermediate.Issue($"CN={name}", key, isAuthority: false);
        await File.WriteAllTextAsync(_folder["tls.key"], key.ExportPkcs8PrivateKeyPem(), Token);
        await File.WriteAllTextAsync(_folder["tls.crt"], $"{leaf.ExportCertificatePem()}\n{_intermediate.Certificate.ExportCertificatePem()}\n", Token);
    }

    private sealed class Authority : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public Authority(string name, Authority? issuer) => Certificate = (issuer ?? this).Issue(name, _key, isAuthority: true);

        public X509Certificate2 Certificate { get; }

        public X509Certificate2 Issue(string name, ECDsa key, bool isAuthority)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
            var now = TimeProvider.System.GetUtcNow();
            return Certificate is null
                ? request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30))
                : request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now.AddDays(-1), now.AddDays(20), RandomNumberGenerator.GetBytes(8));
        }

        public void Dispose()
        {
            Certificate.Dispose();
            _key.Dispose();
        }
    }
}
