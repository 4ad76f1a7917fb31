using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Egress.Settings;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Tests of references that Azure did not resolve, with a scripted Key Vault.</summary>
public sealed class KeyVaultReferencesTests
{
    private const string Reference = "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/signing)";

    private const string Token = "token";

    private readonly SkippingTime _time = new();
    private readonly FakeVault _vault = new() { Secrets = { ["/secrets/signing/"] = "first", ["/secrets/signing/7"] = "seventh" } };
    private bool _hasIdentity = true;

    [Theory]
    [InlineData(Reference, "first")]
    [InlineData("  @microsoft.keyvault(secretUri=https://kv.vault.azure.net/secrets/signing/7) ", "seventh")]
    [InlineData("@Microsoft.KeyVault(VaultName=kv;SecretName=signing)", "first")]
    [InlineData("@Microsoft.KeyVault(VaultName=kv; SecretName=signing; SecretVersion=7)", "seventh")]
    public async Task Both_forms_of_a_reference_are_replaced_by_the_secret(string reference, string secret) =>
        Assert.Equal(secret, (await ResolveAsync(("SIGNING_SECRET", reference)))["SIGNING_SECRET"]);

    [Fact]
    public async Task All_other_settings_stay_as_they_are()
    {
        var settings = await ResolveAsync(("SIGNING_SECRET", Reference), ("PUBLIC_URL", "https://zip.example.com"), ("OTHER_APP", Reference));

        Assert.Equal("https://zip.example.com", settings["PUBLIC_URL"]);
        Assert.Equal(Reference, settings["OTHER_APP"]);
        Assert.Equal(3, settings.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_temporary_refusal_is_followed_by_another_attempt(HttpStatusCode refusal)
    {
        _vault.Refusals = [refusal, refusal, refusal];

        Assert.Equal("first", (await ResolveAsync(("SIGNING_SECRET", Reference)))["SIGNING_SECRET"]);
        Assert.Equal(4, _vault.Requests);
    }

    [Fact]
    public async Task A_vault_that_is_not_in_DNS_yet_is_requested_again()
    {
        _vault.UnreachableFor = 2;

        Assert.Equal("first", (await ResolveAsync(("SIGNING_SECRET", Reference)))["SIGNING_SECRET"]);
    }

    [Fact]
    public async Task A_role_that_takes_no_effect_ends_the_start_before_the_host_would()
    {
        _vault.Refusals = [.. Enumerable.Repeat(HttpStatusCode.Forbidden, 1000)];
        var started = _time.GetTimestamp();

        var fault = Assert.Single((await FailAsync(("SIGNING_SECRET", Reference))).Faults);

        Assert.StartsWith("SIGNING_SECRET is a reference to Key Vault that was not resolved: Key Vault answered with 403 (Forbidden)", fault, StringComparison.Ordinal);
        Assert.InRange(_time.GetElapsedTime(started), KeyVaultReferences.Limit, TimeSpan.FromSeconds(50));
    }

    [Fact]
    public async Task Each_reference_that_cannot_be_resolved_is_listed_after_one_attempt()
    {
        var started = _time.GetTimestamp();

        var faults = (await FailAsync(
            ("DB_URL", "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/none)"),
            ("SIGNING_SECRET", Reference),
            ("S3_SECRET_ACCESS_KEY", "@Microsoft.KeyVault(Secret=signing)"),
            ("CALLBACK_SIGNING_SECRET", "@Microsoft.KeyVault(SecretUri=http://kv.vault.azure.net/secrets/signing)"))).Faults;

        Assert.Collection(
            faults,
            fault => Assert.StartsWith("CALLBACK_SIGNING_SECRET is a reference to Key Vault that was not resolved: allowed are ", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("DB_URL is a reference to Key Vault that was not resolved: Key Vault answered with 404 (SecretNotFound)", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("S3_SECRET_ACCESS_KEY is a reference to Key Vault that was not resolved: allowed are ", fault, StringComparison.Ordinal));
        Assert.Equal(TimeSpan.Zero, _time.GetElapsedTime(started));
        Assert.DoesNotContain("first", string.Concat(faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_identity_is_named()
    {
        _hasIdentity = false;

        Assert.Equal(
            "SIGNING_SECRET is a reference to Key Vault that was not resolved: the app has no identity that can log in: No managed identity.",
            Assert.Single((await FailAsync(("SIGNING_SECRET", Reference))).Faults));
    }

    private Task<SettingsException> FailAsync(params (string Name, string Value)[] settings) =>
        Assert.ThrowsAsync<SettingsException>(() => ResolveAsync(settings));

    private async Task<IReadOnlyDictionary<string, string>> ResolveAsync(params (string Name, string Value)[] settings)
    {
        var options = new SecretClientOptions { Transport = new HttpClientTransport(_vault) };
        return await new KeyVaultReferences(new FakeIdentity(_hasIdentity), options, _time).ResolveAllAsync(settings.ToDictionary(pair => pair.Name, pair => pair.Value));
    }

    /// <summary>A clock on which each delay passes immediately.</summary>
    private sealed class SkippingTime : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime > TimeSpan.Zero && dueTime < KeyVaultReferences.Limit)
            {
                _ = Task.Run(() => Advance(dueTime));
            }

            return timer;
        }
    }

    /// <summary>Simulates Key Vault and the token service of the identity.</summary>
    private sealed class FakeVault : HttpMessageHandler
    {
        private readonly ConcurrentQueue<HttpStatusCode> _refusals = new();

        public Dictionary<string, string> Secrets { get; } = [];

        /// <summary>The statuses of the first responses, which refuse the requests.</summary>
        public IEnumerable<HttpStatusCode> Refusals
        {
            set => value.ToList().ForEach(_refusals.Enqueue);
        }

        public int UnreachableFor { get; set; }

        /// <summary>Number of requests with a token.</summary>
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (UnreachableFor-- > 0)
            {
                throw new HttpRequestException("Name or service not known");
            }

            return Task.FromResult(Answer(request));
        }

        private HttpResponseMessage Answer(HttpRequestMessage request)
        {
            if (request.Headers.Authorization?.Parameter is not Token)
            {
                return new HttpResponseMessage(HttpStatusCode.Unauthorized)
                {
                    Headers = { { "WWW-Authenticate", "Bearer authorization=\"https://login.windows.net/tenant\", resource=\"https://vault.azure.net\"" } },
                };
            }

            Requests++;
            if (_refusals.TryDequeue(out var refusal))
            {
                return Error(refusal, refusal.ToString());
            }

            return Secrets.TryGetValue(request.RequestUri!.AbsolutePath, out var secret)
                ? new HttpResponseMessage { Content = JsonContent.Create(new { id = $"https://kv.vault.azure.net{request.RequestUri.AbsolutePath}", value = secret }) }
                : Error(HttpStatusCode.NotFound, "SecretNotFound");
        }

        private static HttpResponseMessage Error(HttpStatusCode status, string code) =>
            new(status) { Content = JsonContent.Create(new { error = new { code, message = $"{code} by the script." } }) };
    }

    private sealed class FakeIdentity(bool exists) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            exists ? new AccessToken(Token, DateTimeOffset.MaxValue) : throw new CredentialUnavailableException("No managed identity.");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
