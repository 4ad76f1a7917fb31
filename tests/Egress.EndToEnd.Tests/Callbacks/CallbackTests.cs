using System.Text.Json;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Callbacks;

/// <summary>Tests that callbacks arrive even if a process dies.</summary>
public sealed class CallbackTests
{
    private const int Size = 64 << 20;

    private static readonly (string Name, string? Value) Private = ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true");
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Turns resuming off, so that each response is reported immediately.</summary>
    private static readonly (string Name, string? Value) Alone = ("RESUME_WINDOW", "0");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completed_download_is_reported_with_its_request_id_and_a_signature()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var server = await EgressServer.StartAsync(Private, ("CALLBACK_SIGNING_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        var link = await CreateLinkAsync(server, receiver.Url, 1000);
        using (var head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token))
        {
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        request.Headers.Add("X-Request-ID", "the-request");
        using var answer = await server.Client.SendAsync(request, Token);
        var length = (await answer.Content.ReadAsByteArrayAsync(Token)).Length;

        var received = await receiver.NextAsync(Token);
        using var body = JsonDocument.Parse(received.Body);
        Assert.Equal(
            ["id", "status", "timestamp", "duration_ms", "file_count", "compressed_size_bytes", "request_id", "files_succeeded"],
            body.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(("completed", "the-request"), (Text(body, "status"), Text(body, "request_id")));
        Assert.Equal(length, body.RootElement.GetProperty("compressed_size_bytes").GetInt64());
        Assert.Equal("POST /hook", received.Line);
        Assert.StartsWith("v1,", received.Headers["webhook-signature"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_part_of_a_download_in_parts_is_reported_as_resumed()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var server = await EgressServer.StartAsync(Private);
        var link = await CreateLinkAsync(server, receiver.Url, 1000);
        foreach (var range in new[] { "bytes=0-99", "bytes=100-" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Add("Range", range);
            using var answer = await server.Client.SendAsync(request, Token);
            Assert.Equal(206, (int)answer.StatusCode);
            await answer.Content.ReadAsByteArrayAsync(Token);
        }

        using var body = JsonDocument.Parse((await receiver.NextAsync(Token)).Body);
        Assert.True(body.RootElement.GetProperty("resumed").GetBoolean());
        Assert.Equal("completed", Text(body, "status"));
    }

    /// <summary>With its own queue, the server makes the lease visible when it starts again. On an Azure queue the lease expires.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_is_killed_during_a_download_reports_the_interruption_after_its_restart(bool azure)
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var azurite = azure ? await AzuriteServer.StartAsync() : null;
        await using var server = await EgressServer.StartAsync(
            Private, ("CALLBACK_QUEUE_CONNECTION", azurite?.ConnectionString), ("CALLBACK_LEASE", azure ? "5s" : "24h"), Alone);
        var link = await CreateLinkAsync(server, receiver.Url, Size);
        await using (var client = await RawHttpClient.SendAsync(new Uri(server.Client.BaseAddress!, link), cancellationToken: Token))
        {
            await client.ReadRawAsync(100_000, Token);
            await server.Process.KillAsync();
        }

        await server.StartAgainAsync();

        using var body = JsonDocument.Parse((await receiver.NextAsync(Token)).Body);
        Assert.Equal(("failed", "interrupted"), (Text(body, "status"), Text(body, "reason")));
        await server.Process.WaitForLineAsync("\"EventId\":4000", Limit);
    }

    /// <summary>
    /// With its own queue, the server makes the message visible when it starts again. On an Azure queue the message becomes visible half a minute
    /// after the time limit of an attempt.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_is_killed_during_a_delivery_delivers_again_under_the_same_id(bool azure)
    {
        var answering = new TaskCompletionSource();
        await using var receiver = await CallbackReceiver.StartAsync(_ => answering.Task);
        await using var azurite = azure ? await AzuriteServer.StartAsync() : null;
        await using var server = await EgressServer.StartAsync(
            Private, ("CALLBACK_QUEUE_CONNECTION", azurite?.ConnectionString), ("CALLBACK_TIMEOUT", "5s"));
        using (var zip = await Archive.GetAsync(server, await CreateLinkAsync(server, receiver.Url, 1000)))
        {
        }

        var first = await receiver.NextAsync(Token);
        await server.Process.KillAsync();
        answering.SetResult();
        await server.StartAgainAsync();

        var second = await receiver.NextAsync(Token);
        Assert.Equal((first.Headers["webhook-id"], first.Body), (second.Headers["webhook-id"], second.Body));
        await server.Process.WaitForLineAsync("\"EventId\":4000", Limit);
    }

    [Fact]
    public async Task A_client_that_disconnects_is_reported()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var server = await EgressServer.StartAsync(Private, Alone);
        var link = await CreateLinkAsync(server, receiver.Url, Size);
        await using (var client = await RawHttpClient.SendAsync(new Uri(server.Client.BaseAddress!, link), cancellationToken: Token))
        {
            await client.ReadRawAsync(100_000, Token);
        }

        using var body = JsonDocument.Parse((await receiver.NextAsync(Token)).Body);
        Assert.Equal(("failed", "client_disconnected"), (Text(body, "status"), Text(body, "reason")));
    }

    [Fact]
    public async Task Downloads_that_run_at_the_shutdown_are_reported_at_once_or_after_the_next_start()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var server = await EgressServer.StartAsync(Private, Alone, ("SHUTDOWN_TIMEOUT", "0"));
        var link = await CreateLinkAsync(server, receiver.Url, Size);
        await using var client = await RawHttpClient.SendAsync(new Uri(server.Client.BaseAddress!, link), cancellationToken: Token);
        await client.ReadRawAsync(100_000, Token);
        Assert.Equal(0, await server.Process.StopAsync());
        await server.StartAgainAsync();

        using var body = JsonDocument.Parse((await receiver.NextAsync(Token)).Body);
        Assert.Equal(("failed", "interrupted"), (Text(body, "status"), Text(body, "reason")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callback_that_cannot_be_delivered_is_listed_and_a_replay_delivers_it(bool azure)
    {
        var port = FreePort.Next();
        await using var azurite = azure ? await AzuriteServer.StartAsync() : null;
        await using var server = await EgressServer.StartAsync(
            Private, ("CALLBACK_QUEUE_CONNECTION", azurite?.ConnectionString), ("CALLBACK_MAX_RETRIES", "1"), ("CALLBACK_RETRY_DELAY", "10ms"));
        using (var zip = await Archive.GetAsync(server, await CreateLinkAsync(server, $"http://127.0.0.1:{port}/hook", 1000, "my-record")))
        {
        }

        await server.Process.WaitForLineAsync("\"EventId\":4002", Limit);

        var listed = (await server.RunAsync("callbacks", "list")).EnsureSuccess().Output;
        Assert.StartsWith("my-record  completed  all attempts failed  2 attempts  127.0.0.1  ", listed, StringComparison.Ordinal);
        using (var line = JsonDocument.Parse((await server.RunAsync("callbacks", "list", "--json")).EnsureSuccess().Output))
        {
            Assert.Equal(("my-record", 2), (Text(line, "record_id"), line.RootElement.GetProperty("attempts").GetInt32()));
        }

        Assert.Empty((await server.RunAsync("callbacks", "replay", "--id", "another")).EnsureSuccess().Output);
        await using var receiver = await CallbackReceiver.StartAsync(port: port);
        Assert.Contains("my-record", (await server.RunAsync("callbacks", "replay", "--id", "my-record")).EnsureSuccess().Output, StringComparison.Ordinal);
        using var body = JsonDocument.Parse((await receiver.NextAsync(Token)).Body);
        Assert.Equal(("my-record", "completed"), (Text(body, "id"), Text(body, "status")));
        Assert.Empty((await server.RunAsync("callbacks", "list")).EnsureSuccess().Output);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("file:///etc/passwd")]
    public async Task Egress_never_connects_to_an_address_that_is_not_public(string url)
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var server = await EgressServer.StartAsync();
        await server.PutAsync("b", "file.jpg", Content.Make(1000, 1));
        var record = new DownloadRecord { Id = "record", Bucket = "b", Callback = string.Format(null, url, receiver.Port), Objects = [new ObjectItem("file.jpg")] };
        using (var zip = await Archive.GetAsync(server, await server.AddRecordAsync(record)))
        {
        }

        Assert.Contains("refused", await server.Process.WaitForLineAsync("\"EventId\":4002", Limit), StringComparison.Ordinal);
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task An_unavailable_queue_fails_no_download_and_its_callback_arrives_later()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var azurite = await AzuriteServer.StartAsync();
        await using var server = await EgressServer.StartAsync(Private, ("CALLBACK_QUEUE_CONNECTION", azurite.ConnectionString));
        var link = await CreateLinkAsync(server, receiver.Url, 1000);
        await azurite.StopAsync();

        using (var zip = await Archive.GetAsync(server, link))
        {
            Assert.Single(zip.Entries);
        }

        await server.Process.WaitForLineAsync("\"EventId\":4010", Limit);
        await azurite.StartAgainAsync();

        using var body = JsonDocument.Parse((await receiver.NextAsync(Token)).Body);
        Assert.Equal("completed", Text(body, "status"));
    }

    private static async Task<string> CreateLinkAsync(EgressServer server, string callback, int size, string id = "record")
    {
        await server.PutAsync("b", "file.jpg", Content.Make(size, 1));
        var created = await server.RunAsync("link", "create", "--bucket", "b", "--object", "file.jpg", "--id", id, "--callback", callback);
        return new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
    }

    private static string? Text(JsonDocument document, string field) => document.RootElement.GetProperty(field).GetString();
}
