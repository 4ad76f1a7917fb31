using System.Collections.Concurrent;
using System.Data.Common;
using System.Net;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Egress.Settings;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Egress.Functions;

/// <summary>
/// Resolves references to Key Vault that Azure did not resolve. Azure resolves the references of an app when the app is created, when its settings
/// change, and every 24 hours. The role that permits it may take effect a few minutes after that.
/// https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
/// </summary>
/// <param name="credential">The identity of the app.</param>
/// <param name="options">The options of the client, whose own retries are switched off.</param>
/// <param name="time">Measures the delays between attempts.</param>
internal sealed class KeyVaultReferences(TokenCredential credential, SecretClientOptions options, TimeProvider time)
{
    /// <summary>How long a read is retried. The Functions host ends a worker that has not connected within 60 seconds of its start.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);

    /// <summary>Resolves references with the identity of the process. Sends no requests if there are no references.</summary>
    /// <param name="settings">The application settings.</param>
    /// <returns>The settings with the secrets in place of the references.</returns>
    /// <exception cref="SettingsException">A reference cannot be resolved. The message lists each one with the reason.</exception>
    public static Task<IReadOnlyDictionary<string, string>> ResolveAsync(IReadOnlyDictionary<string, string> settings) =>
        settings.Any(IsReference)
            ? new KeyVaultReferences(new DefaultAzureCredential(), new SecretClientOptions(), TimeProvider.System).ResolveAllAsync(settings)
            : Task.FromResult(settings);

    /// <summary>Resolves references, all at the same time. Transient failures are retried for <see cref="Limit"/>.</summary>
    /// <param name="settings">The application settings.</param>
    /// <returns>The settings with the secrets in place of the references.</returns>
    /// <exception cref="SettingsException">A reference cannot be resolved. The message lists each one with the reason.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ResolveAllAsync(IReadOnlyDictionary<string, string> settings)
    {
        options.Retry.MaxRetries = 0;
        var resolved = settings.ToDictionary(SettingSource.NameComparer);
        foreach (var (name, secret) in await Task.WhenAll(settings.Where(IsReference).Select(ReadAsync)))
        {
            resolved[name] = secret;
        }

        return _failures.IsEmpty
            ? resolved
            : throw new SettingsException(
            [
                .. _failures.OrderBy(static failure => failure.Key, StringComparer.Ordinal)
                    .Select(static failure => $"{failure.Key} is a reference to Key Vault that was not resolved: {failure.Value}"),
            ]);
    }

    private static bool IsReference(KeyValuePair<string, string> setting) =>
        SettingTable.Names.Contains(setting.Key) && SettingBinder.IsKeyVaultReference(setting.Value);

    private async Task<(string Setting, string Secret)> ReadAsync(KeyValuePair<string, string> setting)
    {
        var (name, reference) = setting;
        try
        {
            if (Parse(reference) is { } identifier)
            {
                var client = new SecretClient(identifier.VaultUri, credential, options);
                var secret = await Retries(name).ExecuteAsync(
                    async cancellationToken => await client.GetSecretAsync(identifier.Name, identifier.Version, cancellationToken));
                _failures.TryRemove(name, out _);
                return (name, secret.Value.Value);
            }

            _failures[name] = $"allowed are {SettingBinder.KeyVaultReference}SecretUri=https://<vault>/secrets/<name>) "
                + $"and {SettingBinder.KeyVaultReference}VaultName=<vault>;SecretName=<name>)";
        }
        catch (RequestFailedException failure)
        {
            _failures[name] = Describe(failure);
        }
        catch (AuthenticationFailedException failure)
        {
            _failures[name] = $"the app has no identity that can log in: {FirstLine(failure)}";
        }
        catch (TimeoutRejectedException)
        {
            // Keeps the failure of the last completed attempt, which explains more than the time limit.
            _failures.TryAdd(name, $"Key Vault did not answer within {Limit.TotalSeconds} seconds");
        }

        return (name, reference);
    }

    private ResiliencePipeline Retries(string setting) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(Limit)
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<RequestFailedException>(MayPass),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(1),
                MaxDelay = TimeSpan.FromSeconds(5),
                OnRetry = attempt =>
                {
                    _failures[setting] = Describe((RequestFailedException)attempt.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    /// <summary>Whether a later attempt can succeed: a role is not in effect yet, the DNS name does not exist yet, or the service is busy.</summary>
    private static bool MayPass(RequestFailedException failure) => failure.Status
        is 0 or (int)HttpStatusCode.Forbidden or (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.RequestTimeout
        or >= (int)HttpStatusCode.InternalServerError;

    private static string Describe(RequestFailedException failure) => failure.Status == 0
        ? $"Key Vault cannot be reached: {FirstLine(failure)}"
        : $"Key Vault answered with {failure.Status} ({failure.ErrorCode}): {FirstLine(failure)}";

    private static string FirstLine(Exception failure) => failure.Message.Split('\n')[0].TrimEnd();

    /// <summary>Parses a reference in either of its two forms, a URL or the names of vault and secret. Returns null for other forms.</summary>
    private static KeyVaultSecretIdentifier? Parse(string reference)
    {
        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = reference.Trim()[SettingBinder.KeyVaultReference.Length..].TrimEnd(')');
        }
        catch (ArgumentException)
        {
            return null;
        }

        var address = Part("SecretUri") ?? $"https://{Part("VaultName")}.vault.azure.net/secrets/{Part("SecretName")}/{Part("SecretVersion")}";
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            && KeyVaultSecretIdentifier.TryCreate(uri, out var secret) ? secret : null;

        string? Part(string name) => parts.TryGetValue(name, out var value) ? (string)value : null;
    }
}
