using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Egress.Records;
using Egress.TestKit.Network;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of the API that lists and replays undelivered callbacks. The tests of each host inherit this class.</summary>
public abstract class CallbackApiContract
{
    private const string Admin = "admin-secret-0123456789";
    private const string Tenant = "tenant-secret-0123456789";

    /// <summary>The settings that the host needs. A callback is undeliverable after its first attempt.</summary>
    public static (string Name, string Value)[] Settings { get; } =
    [
        ("ADMIN_API_KEY", Admin), ("API_KEYS", $"tenant:{Tenant}:b/tenant/"), ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("CALLBACK_MAX_RETRIES", "0"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Fact]
    public async Task A_callback_that_was_not_delivered_is_listed_and_delivered_again_with_its_id()
    {
        var (client, backends) = await HostAsync();
        var works = false;
        await using var receiver = await CallbackReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref works) ? 204 : 500;
            return Task.CompletedTask;
        });
        var record = await DownloadAsync(client, backends, receiver.Url);
        var first = await receiver.NextAsync(Token);
        var listed = await WhenListedAsync(client, record);
        Assert.Equal(
            (record, first.Headers["webhook-id"], "completed", "all attempts failed", 1, "127.0.0.1", true),
            (Text(listed, "record_id"), Text(listed, "webhook_id"), Text(listed, "status"), Text(listed, "reason"), listed.GetProperty("attempts").GetInt32(), Text(listed, "host"),
                listed.GetProperty("is_ours").GetBoolean()));
        var other = await ListAsync(client, $"?id={record}x");
        Assert.Empty(other);
        await WhenListedAsync(client, $"nothing&id={Text(listed, "webhook_id")}");

        Volatile.Write(ref works, true);
        using var none = await SendAsync(client, HttpMethod.Post, "/callbacks/replay", Admin, $$"""{"ids":["{{record}}x"]}""");
        Assert.Equal("""{"callbacks":[]}""", await none.Content.ReadAsStringAsync(Token));

        // Retried, because a trigger may still be moving the message from one queue to another.
        var replayed = await Eventually.UntilAsync(
            () => ReplayAsync(client, record), static callbacks => callbacks.Count > 0, "the callback to be put back", static callbacks => $"{callbacks.Count}", Token);
        Assert.Equal(record, Text(Assert.Single(replayed), "record_id"));
        var second = await receiver.NextAsync(Token);
        Assert.Equal((first.Headers["webhook-id"], first.Body), (second.Headers["webhook-id"], second.Body));
        Assert.Empty(await ListAsync(client, $"?id={record}"));
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    [InlineData("{}", "")]
    [InlineData("""{"ids":["1"],"all":true}""", "")]
    [InlineData("""{"ids":["1"],"ids":["2"]}""", "")]
    [InlineData("""{"ids":[]}""", "ids")]
    [InlineData("""{"ids":"1"}""", "ids")]
    [InlineData("""{"ids":["1",""]}""", "ids")]
    [InlineData("""{"ids":["1",2]}""", "ids")]
    [InlineData("""{"ids":null}""", "ids")]
    [InlineData("""{"ids":["\ud800"]}""", "")]
    [InlineData("""{"all":false}""", "all")]
    [InlineData("""{"all":"true"}""", "all")]
    [InlineData("""{"message":"hello"}""", "message")]
    [InlineData("""{"message":{"type":"egress.callback.v1"}}""", "message")]
    [InlineData("""{"all":true,"since":"yesterday"}""", "since")]
    public async Task A_body_that_cannot_be_used_is_refused_by_field(string body, string field)
    {
        var (client, _) = await HostAsync();
        using var answer = await SendAsync(client, HttpMethod.Post, "/callbacks/replay", Admin, body);
        var problem = await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "invalid-request");
        Assert.Contains(field, problem.GetProperty("errors").EnumerateArray().Select(static error => Text(error, "field")));
    }

    [Theory]
    [InlineData("?id=", "id")]
    [InlineData("?id=1&id=", "id")]
    [InlineData("?state=poison", "state")]
    public async Task A_parameter_that_cannot_be_used_is_refused(string query, string field)
    {
        var (client, _) = await HostAsync();
        using var answer = await SendAsync(client, HttpMethod.Get, $"/callbacks{query}", Admin);
        var problem = await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, Text(problem.GetProperty("errors")[0], "field"));
    }

    [Fact]
    public async Task Only_an_unbound_key_may_see_and_replay_callbacks()
    {
        var (client, _) = await HostAsync();
        foreach (var (method, path, body) in new[] { (HttpMethod.Get, "/callbacks", null), (HttpMethod.Post, "/callbacks/replay", """{"all":true}""") })
        {
            using var without = await SendAsync(client, method, path, key: null, body);
            await AssertProblemAsync(without, HttpStatusCode.Unauthorized, "api-key-required");
            using var wrong = await SendAsync(client, method, path, "wrong-secret-0123456789", body);
            await AssertProblemAsync(wrong, HttpStatusCode.Unauthorized, "api-key-required");
            using var bound = await SendAsync(client, method, path, Tenant, body);
            await AssertProblemAsync(bound, HttpStatusCode.Forbidden, "key-may-not-manage-callbacks");
        }

        using var delete = await SendAsync(client, HttpMethod.Delete, "/callbacks", Admin);
        await AssertProblemAsync(delete, HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [Fact]
    public async Task The_OpenAPI_document_describes_real_answers()
    {
        var (client, backends) = await HostAsync();
        await using var receiver = await CallbackReceiver.StartAsync(static context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var record = await DownloadAsync(client, backends, receiver.Url);
        await WhenListedAsync(client, record);
        var document = new OpenApiDocument(await client.GetStringAsync("/openapi.json", Token));
        (HttpMethod Method, string Path, string Query, string? Body, string Key, int Status)[] requests =
        [
            (HttpMethod.Get, "/callbacks", $"?id={record}", null, Admin, 200),
            (HttpMethod.Get, "/callbacks", "?x=1", null, Admin, 400),
            (HttpMethod.Get, "/callbacks", "", null, "wrong-secret-0123456789", 401),
            (HttpMethod.Get, "/callbacks", "", null, Tenant, 403),
            (HttpMethod.Post, "/callbacks/replay", "", """{"ids":["nothing"]}""", Admin, 200),
            (HttpMethod.Post, "/callbacks/replay", "", "{}", Admin, 400),
            (HttpMethod.Post, "/callbacks/replay", "", null, Admin, 415),
            (HttpMethod.Post, "/callbacks/replay", "", """{"all":true}""", Tenant, 403),
        ];
        foreach (var (method, path, query, body, key, status) in requests)
        {
            using var response = await SendAsync(client, method, path + query, key, body);
            var answer = await response.Content.ReadAsStringAsync(Token);
            Assert.Equal(
                (path, query, body, status, ""),
                (path, query, body, (int)response.StatusCode, string.Join('\n', document.FaultsOf(method.Method, path, status, response.Content.Headers.ContentType?.MediaType, answer))));
        }
    }

    private static async Task<string> DownloadAsync(HttpClient client, LocalBackends backends, string callback)
    {
        await backends.PutAsync("callback.jpg", new byte[10]);
        var record = await backends.AddWithCallbackAsync(callback, new ObjectItem("callback.jpg"));
        await client.GetByteArrayAsync(backends.Link(record), Token);
        return record;
    }

    private static async Task<JsonElement> WhenListedAsync(HttpClient client, string record) => (await Eventually.UntilAsync(
        () => ListAsync(client, $"?id={record}"), static callbacks => callbacks.Count == 1, "the callback to be undeliverable", static callbacks => $"{callbacks.Count}", Token))[0];

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(HttpClient client, string query)
    {
        using var response = await SendAsync(client, HttpMethod.Get, $"/callbacks{query}", Admin);
        return await ReadAsync(response);
    }

    private static async Task<IReadOnlyList<JsonElement>> ReplayAsync(HttpClient client, string record)
    {
        using var response = await SendAsync(client, HttpMethod.Post, "/callbacks/replay", Admin, $$"""{"ids":["{{record}}"]}""");
        return await ReadAsync(response);
    }

    private static async Task<IReadOnlyList<JsonElement>> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return [.. JsonElement.Parse(text).GetProperty("callbacks").EnumerateArray()];
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string? key, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
        {
            request.Headers.Add("X-Api-Key", key);
        }

        return await client.SendAsync(request, Token);
    }

    private static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal((status, $"urn:egress:problem:{code}"), (response.StatusCode, Text(problem, "type")));
        return problem;
    }

    private static string? Text(JsonElement json, string property) => json.GetProperty(property).GetString();
}
