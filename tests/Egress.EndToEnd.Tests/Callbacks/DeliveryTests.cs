using System.Net.Http.Headers;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Callbacks;

/// <summary>Tests that one callback reports a whole delivery, over several connections and instances, even if a process dies.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private const int Size = 40 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private CallbackReceiver _receiver = null!;
    private string _database = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _receiver = await CallbackReceiver.StartAsync();
        _database = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _folder.DisposeAsync();
    }

    [Fact]
    public async Task Eight_parts_over_two_servers_are_reported_once()
    {
        await using var one = await StartAsync();
        await using var two = await StartAsync();
        var link = await CreateLinkAsync(one);
        var length = await LengthAsync(one, link);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Range = new RangeHeaderValue(i * length / 8, ((i + 1) * length / 8) - 1);
            using var response = await (i % 2 == 0 ? one : two).Client.SendAsync(request, Token);
            Assert.Equal(206, (int)response.StatusCode);
        }));

        var first = await NextAsync();
        Assert.Equal(("completed", true, length), (Text(first, "status"), first.GetProperty("resumed").GetBoolean(), first.GetProperty("compressed_size_bytes").GetInt64()));

        // The next callback reports the next delivery, so the first delivery had only one callback.
        using (var whole = await two.Client.GetAsync(link, Token))
        {
            await whole.Content.ReadAsByteArrayAsync(Token);
        }

        var second = await NextAsync();
        Assert.Equal(("completed", false), (Text(second, "status"), second.TryGetProperty("resumed", out _)));
    }

    [Fact]
    public async Task A_client_that_gives_up_is_reported_after_the_window()
    {
        await using var server = await StartAsync(("RESUME_WINDOW", "1s"));
        var link = await CreateLinkAsync(server);
        await using (var client = await RawHttpClient.SendAsync(new Uri(server.Client.BaseAddress!, link), cancellationToken: Token))
        {
            await client.ReadRawAsync(100_000, Token);
        }

        var told = await NextAsync();
        Assert.Equal(("failed", "client_disconnected"), (Text(told, "status"), Text(told, "reason")));
    }

    [Fact]
    public async Task A_download_whose_server_is_killed_is_reported_as_interrupted_by_another_server()
    {
        await using var one = await StartAsync(("RESUME_WINDOW", "1s"), ("CALLBACK_LEASE", "5s"));
        await using var two = await StartAsync(("RESUME_WINDOW", "1s"), ("CALLBACK_LEASE", "5s"));
        var link = await CreateLinkAsync(one);
        await using (var client = await RawHttpClient.SendAsync(new Uri(one.Client.BaseAddress!, link), cancellationToken: Token))
        {
            await client.ReadRawAsync(100_000, Token);
            await one.Process.KillAsync();
        }

        var told = await NextAsync();
        Assert.Equal(("failed", "interrupted"), (Text(told, "status"), Text(told, "reason")));
    }

    [Fact]
    public async Task A_download_whose_server_is_killed_after_the_last_byte_and_before_the_queue_has_the_callback_is_reported_as_completed()
    {
        // The queue of the first server does not respond, and its spool cannot be written, so the callback stays in the database.
        await using var azurite = await AzuriteServer.StartAsync();
        await using var proxy = new FaultProxy(azurite.QueuePort);
        proxy.FailAll(Fault.Stall(0, Direction.ToServer));
        await using var one = await StartAsync(
            ("CALLBACK_LEASE", "5s"), ("CALLBACK_QUEUE_CONNECTION", azurite.ConnectionStringVia(azurite.BlobPort, proxy.Port)));
        var callbacks = Directory.CreateDirectory(Path.Combine(one.Files, "../callbacks"));
        await File.WriteAllTextAsync(Path.Combine(callbacks.FullName, "spool"), "not a folder", Token);
        await using var two = await StartAsync(("CALLBACK_LEASE", "5s"));
        var link = await CreateLinkAsync(one);
        using (var whole = await one.Client.GetAsync(link, Token))
        {
            await whole.Content.ReadAsByteArrayAsync(Token);
        }

        await Eventually.UntilAsync(
            async () => (string?)await QueryAsync("SELECT MAX(state) FROM egress_deliveries") is { } state && state.Contains("\"untold\":[{", StringComparison.Ordinal),
            "a callback in the database",
            Token);
        await one.Process.KillAsync();

        var told = await NextAsync();
        Assert.Equal("completed", Text(told, "status"));
        await two.Process.WaitForLineAsync("\"EventId\":4041", Limit);
    }

    private Task<EgressServer> StartAsync(params (string Name, string? Value)[] settings) => EgressServer.StartAsync(
        [
            ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("DB_URL", _database), ("STORAGE_TYPE", "local"), ("STORAGE_PATH", _folder.Path), .. settings,
        ]);

    private async Task<string> CreateLinkAsync(EgressServer server)
    {
        await _folder.WriteAsync("b/file.jpg", Content.Make(Size, 1));
        await QueryAsync("CREATE TABLE IF NOT EXISTS downloads (id text PRIMARY KEY, bucket text, objects jsonb NOT NULL, callback text)");
        var created = await server.RunAsync("link", "create", "--bucket", "b", "--object", "file.jpg", "--callback", _receiver.Url);
        return new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
    }

    private async Task<object?> QueryAsync(string statement)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(PostgresServer.ConnectionString(_database));
        await using var command = source.CreateCommand(statement);
        return await command.ExecuteScalarAsync(Token) is var value and not DBNull ? value : null;
    }

    private async Task<JsonElement> NextAsync() => JsonElement.Parse((await _receiver.NextAsync(Token)).Body);

    private static async Task<long> LengthAsync(EgressServer server, string link)
    {
        using var head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        return head.Content.Headers.ContentLength!.Value;
    }

    private static string? Text(JsonElement body, string field) => body.GetProperty(field).GetString();
}
