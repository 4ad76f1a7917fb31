using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Tests that invalid settings stop the app, and that the host's log lists all of them for the operator.</summary>
public sealed class WrongSettingsTests
{
    [Fact]
    public async Task All_faults_are_reported_in_lines_that_the_host_treats_as_errors()
    {
        await using var backends = new LocalBackends();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => WorkerApp.StartAsync(
            backends, ("REQUEST_TIMEOUT", "5 minutes"), ("DB_URL", "postgres//user:hunter2@host/db"), ("CALLBACK_QUEUE", "Another")));

        var lines = failure.Message.Split('\n');
        Assert.Contains("ended with 1 ", lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..], line => Assert.StartsWith("error: ", line, StringComparison.Ordinal));
        Assert.All(
            new[] { "REQUEST_TIMEOUT", "DB_URL", "CALLBACK_QUEUE" },
            name => Assert.Contains(lines, line => line.Contains(name, StringComparison.Ordinal)));
        Assert.DoesNotContain("hunter2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_to_Key_Vault_that_cannot_be_resolved_is_reported()
    {
        await using var backends = new LocalBackends();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => WorkerApp.StartAsync(backends, ("SIGNING_SECRET", "@Microsoft.KeyVault(SecretName=signing-secret)")));

        Assert.Contains("error:   - SIGNING_SECRET is a reference to Key Vault that was not resolved: allowed are ", failure.Message, StringComparison.Ordinal);
    }
}
