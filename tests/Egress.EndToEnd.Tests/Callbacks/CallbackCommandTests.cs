using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Callbacks;

/// <summary>Tests of the command <c>callbacks</c>: on the queues of the Functions app, and through the API of a running server.</summary>
public sealed class CallbackCommandTests
{
    private const string Secret = "admin-secret-0123456789";

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

    [Fact]
    public async Task The_command_lists_and_replays_callbacks_of_a_running_server()
    {
        await using var receiver = await CallbackReceiver.StartAsync(static context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var server = await EgressServer.StartAsync(
            ("ADMIN_API_KEY", Secret), ("EGRESS_API_KEY", Secret), ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("CALLBACK_MAX_RETRIES", "0"));
        string[] place = ["--server", $"http://127.0.0.1:{server.Port}"];
        await server.PutAsync("b", "a.jpg", new byte[10]);
        var created = (await server.RunAsync("link", "create", "--bucket", "b", "--object", "a.jpg", "--id", "a&b", "--callback", receiver.Url)).EnsureSuccess();
        await server.Client.GetByteArrayAsync(new Uri(created.Output.Trim()).PathAndQuery, TestContext.Current.CancellationToken);
        var first = await receiver.NextAsync(TestContext.Current.CancellationToken);
        await server.Process.WaitForLineAsync("\"EventId\":4002", TimeSpan.FromMinutes(1));

        var listed = await RunAsync("list", "--id", "a&b");
        Assert.Equal("a&b  completed  all attempts failed  1 attempts  127.0.0.1  500 Internal Server Error", listed.Output.Trim());
        Assert.Contains($"1 callbacks at http://127.0.0.1:{server.Port}/.", listed.Error, StringComparison.Ordinal);
        Assert.Equal(first.Headers["webhook-id"], JsonElement.Parse((await RunAsync("list", "--json")).Output).GetProperty("webhook_id").GetString());
        Assert.Empty((await RunAsync("replay", "--id", "nothing")).Output);
        Assert.StartsWith("a&b  ", (await RunAsync("replay")).Output, StringComparison.Ordinal);
        var second = await receiver.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal((first.Headers["webhook-id"], first.Body), (second.Headers["webhook-id"], second.Body));

        var message = await server.RunAsync(["callbacks", "replay", "--message", "hello", .. place]);
        Assert.Equal((1, ""), (message.ExitCode, message.Output));
        Assert.Contains("message must be a message of a callback", message.Error, StringComparison.Ordinal);

        async Task<ExecutableResult> RunAsync(params string[] arguments) => (await server.RunAsync(["callbacks", .. arguments, .. place])).EnsureSuccess();
    }
}
