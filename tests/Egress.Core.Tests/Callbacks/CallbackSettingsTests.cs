using Egress.Callbacks;
using Egress.Core.Tests.Settings;
using Egress.Settings;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Callbacks;

public sealed class CallbackSettingsTests
{
    [Fact]
    public void The_plain_server_has_a_queue_of_its_own()
    {
        var callbacks = TestSettings.Read(("DATA_DIR", "/data")).Callbacks;
        Assert.Null(callbacks.Azure);
        Assert.Equal("/data/callbacks", callbacks.Folder);
        Assert.Equal(new CallbackOptions { Folder = callbacks.Folder, AllowedHosts = callbacks.AllowedHosts }, callbacks);
        Assert.Empty(callbacks.AllowedHosts);
    }

    [Fact]
    public void The_plain_server_does_not_take_the_storage_of_a_Functions_host() =>
        Assert.Null(TestSettings.Read(("AzureWebJobsStorage", "UseDevelopmentStorage=true")).Callbacks.Azure);

    [Theory]
    [InlineData("AzureWebJobsStorage", "AccountName=a;AccountKey=k", "AccountName=a;AccountKey=k", null)]
    [InlineData("AzureWebJobsStorage__accountName", "acc", null, "https://acc.queue.core.windows.net/")]
    [InlineData("AzureWebJobsStorage__queueServiceUri", "https://q.example/", null, "https://q.example/")]
    [InlineData("CALLBACK_QUEUE_CONNECTION", "AccountName=b;AccountKey=k", "AccountName=b;AccountKey=k", null)]
    [InlineData("CALLBACK_QUEUE_CONNECTION__queueServiceUri", "https://own.example/", null, "https://own.example/")]
    public void The_Functions_app_finds_its_account(string name, string value, string? connection, string? url)
    {
        var callbacks = SettingsReader.Read(TestSettings.Source(TestSettings.Database, (name, value)), HostProfile.Functions).Callbacks;
        Assert.Equal((connection, url, null), (callbacks.Azure!.ConnectionString, callbacks.Azure.ServiceUrl?.AbsoluteUri, callbacks.Folder));
        Assert.Equal(name.Split("__")[0], callbacks.Azure.ConnectionName);
    }

    [Fact]
    public void The_Functions_app_requires_an_account_for_the_queue() => Assert.Contains(
        "CALLBACK_QUEUE_CONNECTION is not set",
        Assert.Single(TestSettings.Faults(HostProfile.Functions, TestSettings.Database, ("AzureWebJobsStorage", ""))),
        StringComparison.Ordinal);

    [Fact]
    public void The_triggers_of_the_Functions_app_have_one_queue() => Assert.StartsWith(
        "CALLBACK_QUEUE is other",
        Assert.Single(TestSettings.Faults(HostProfile.Functions, TestSettings.Database, ("AzureWebJobsStorage", "AccountName=a"), ("CALLBACK_QUEUE", "other"))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("CALLBACK_QUEUE", "Upper")]
    [InlineData("CALLBACK_QUEUE", "a--b")]
    [InlineData("CALLBACK_QUEUE", "ab")]
    [InlineData("CALLBACK_TIMEOUT", "0")]
    [InlineData("CALLBACK_LEASE", "1s")]
    [InlineData("CALLBACK_SIGNING_SECRET", "short")]
    [InlineData("CALLBACK_SIGNING_SECRET", "whsec_not base64, but long enough")]
    [InlineData("CALLBACK_ALLOWED_HOSTS", "https://example.com")]
    [InlineData("CALLBACK_CA_FILE", "/nowhere/ca.pem")]
    public void A_faulty_value_is_named_and_no_secret_shown(string name, string value)
    {
        var fault = Assert.Single(TestSettings.Faults((name, value)));
        Assert.StartsWith(name, fault, StringComparison.Ordinal);
        Assert.Equal(!name.Contains("SECRET", StringComparison.Ordinal), fault.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public void Connection_string_and_account_URL_together_are_refused() => Assert.Contains(
        "both set",
        Assert.Single(TestSettings.Faults(("CALLBACK_QUEUE_CONNECTION", "AccountName=a"), ("CALLBACK_QUEUE_CONNECTION__queueServiceUri", "https://q.example/"))),
        StringComparison.Ordinal);

    [Fact]
    public async Task An_authorities_file_without_a_certificate_is_a_fault_that_says_so()
    {
        await using var folder = new TempFolder();
        var path = await folder.WriteAsync("ca.pem", "not a certificate"u8.ToArray());
        var fault = Assert.Single(TestSettings.Faults(("CALLBACK_CA_FILE", path)));
        Assert.Contains("no certificate in PEM format", fault, StringComparison.Ordinal);
    }
}
