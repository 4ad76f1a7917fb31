using System.Text;
using Azure.Storage.Queues;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Callbacks;

/// <summary>The command <c>callbacks</c> on the queues of the Functions app.</summary>
public sealed class CallbackCommandTests
{
    [Theory]
    [InlineData("AzureWebJobsStorage")]
    [InlineData("CALLBACK_QUEUE_CONNECTION")]
    public async Task The_command_reads_the_queue_that_the_app_with_the_same_settings_writes(string setting)
    {
        var storage = await AzuriteServer.GetAsync();
        var name = $"q{Guid.NewGuid():n}";
        var kept = new QueueClient(storage.ConnectionString, $"{name}-kept");
        await kept.CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
        await kept.SendMessageAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes("not ours")), TestContext.Current.CancellationToken);

        var result = await EgressServer.RunInNewFolderAsync(
            [("DB_URL", "sqlite://{folder}/egress.db"), ("STORAGE_PATH", "{folder}/files"), (setting, storage.ConnectionString), ("CALLBACK_QUEUE", name)],
            "callbacks",
            "list");

        Assert.Contains("not a callback of Egress", result.EnsureSuccess().Output, StringComparison.Ordinal);
        Assert.Contains($"1 callbacks in the Azure queue {name} ({setting}).", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_names_the_folder_of_the_plain_server()
    {
        await using var server = await EgressServer.StartAsync();
        var result = await server.RunAsync("callbacks", "list");
        Assert.Contains("0 callbacks in ", result.EnsureSuccess().Error, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("data", "callbacks"), result.Error, StringComparison.Ordinal);
    }
}
