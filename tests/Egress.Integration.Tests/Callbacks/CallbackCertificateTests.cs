using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Callbacks.Network;
using Egress.Downloads;
using Egress.TestKit;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.Integration.Tests.Callbacks;

/// <summary>Tests of receivers' certificates, over real TLS connections: which ones are trusted, and the messages about the others.</summary>
public sealed class CallbackCertificateTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private X509Certificate2 _authority = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, string> Refusals => new()
    {
        { "self-signed", false, "the certificate is self-signed (CALLBACK_CA_FILE)" },
        { "self-signed", true, "the certificate is self-signed (CALLBACK_CA_FILE)" },
        { "issued", false, "the issuer of the certificate is not trusted: CN=Egress test authority (CALLBACK_CA_FILE)" },
        { "other name", true, "the certificate is for other.test, not for receiver.test" },
        { "expired", true, "the certificate CN=receiver is valid only from " },
    };

    public ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Egress test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _authority = request.CreateSelfSigned(_now.AddDays(-30), _now.AddDays(30));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _authority.Dispose();
        await _folder.DisposeAsync();
    }

    [Fact]
    public async Task A_certificate_of_an_authority_in_the_file_is_trusted() =>
        Assert.Equal((CallbackVerdict.Delivered, "200 OK"), await SendAsync("issued", await WriteAsync(_authority)));

    [Fact]
    public async Task A_self_signed_certificate_in_the_file_is_trusted()
    {
        using var certificate = Create("self-signed");
        await using var receiver = await CallbackReceiver.StartAsync(certificate: certificate);
        Assert.Equal((CallbackVerdict.Delivered, "200 OK"), await SendAsync(receiver, await WriteAsync(certificate)));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Any_other_certificate_is_refused_and_the_reason_is_named(string kind, bool hasFile, string reason)
    {
        var (verdict, text) = await SendAsync(kind, hasFile ? await WriteAsync(_authority) : null);
        Assert.Equal(CallbackVerdict.TryAgain, verdict);
        Assert.StartsWith(reason, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_TLS_is_named_too()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        var (verdict, text) = await SendAsync(receiver, authorities: null);
        Assert.Equal(CallbackVerdict.TryAgain, verdict);
        Assert.DoesNotContain("inner exception", text, StringComparison.Ordinal);
    }

    private async Task<(CallbackVerdict Verdict, string Text)> SendAsync(string kind, string? authorities)
    {
        using var certificate = Create(kind);
        await using var receiver = await CallbackReceiver.StartAsync(certificate: certificate);
        return await SendAsync(receiver, authorities);
    }

    private static async Task<(CallbackVerdict Verdict, string Text)> SendAsync(CallbackReceiver receiver, string? authorities)
    {
        var options = new CallbackOptions { AllowPrivateNetworks = true, CertificateAuthorities = authorities };
        using var http = CallbackHttp.CreateClient(options, static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));
        var outcome = new DownloadOutcome(DownloadStatus.Completed, FailureReason.None)
        {
            FilesRequested = 1,
            FilesSucceeded = 1,
            SourceBytes = 1,
            ArchiveBytes = 1,
            Duration = TimeSpan.Zero,
        };
        var payload = CallbackPayload.From("d", "r", outcome, DateTimeOffset.UnixEpoch);
        var message = CallbackMessage.Create("msg_1", $"https://receiver.test:{receiver.Port}/hook", payload);
        var answer = await new CallbackSender(http, options, TimeProvider.System).SendAsync(message, Token);
        return (answer.Verdict, answer.Text);
    }

    /// <summary>Creates a certificate with its key for <c>receiver.test</c>.</summary>
    private X509Certificate2 Create(string kind)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=receiver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(kind == "other name" ? "other.test" : "receiver.test");
        request.CertificateExtensions.Add(names.Build());
        var (from, to) = kind == "expired" ? (_now.AddDays(-20), _now.AddDays(-10)) : (_now.AddDays(-1), _now.AddDays(10));
        if (kind == "self-signed")
        {
            return request.CreateSelfSigned(from, to);
        }

        using var issued = request.Create(_authority, from, to, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    private Task<string> WriteAsync(X509Certificate2 certificate) =>
        _folder.WriteAsync("ca.pem", System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
}
