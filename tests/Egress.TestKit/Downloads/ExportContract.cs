using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Egress.Records;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of exports. The tests of each host inherit this class.</summary>
public abstract class ExportContract
{
    private const string NameOf50 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// <summary>A key that is too long for the name of a file on a disk.</summary>
    private const string NameOf300 = NameOf50 + NameOf50 + NameOf50 + NameOf50 + NameOf50 + NameOf50;

    private const string Admin = "admin-secret-0123456789";
    private const string Tenant = "tenant-secret-0123456789";

    /// <summary>The settings that the host needs.</summary>
    public static (string Name, string Value)[] Settings { get; } =
    [
        ("ADMIN_API_KEY", Admin), ("API_KEYS", $"tenant:{Tenant}:b/tenant/"), ("EXPORT_BUCKETS", "exports"), ("EXPORT_PART_SIZE", "5M"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    /// <summary>The first archive is exported in parts, whose sizes are the same for every storage. The second one is exported in one pass.</summary>
    [Theory]
    [InlineData(".jpg", 3)]
    [InlineData(".txt", null)]
    public async Task The_exported_object_is_what_a_download_streams(string extension, int? parts)
    {
        var (client, backends) = await HostAsync();
        var (name, bytes) = (Guid.NewGuid().ToString("N"), new byte[12_000_000]);
        new Random(1).NextBytes(bytes);
        await backends.PutAsync($"{name}{extension}", bytes);
        await backends.PutAsync($"{name}.small{extension}", new byte[10]);
        var record = await backends.AddAsync(null, "big", new ObjectItem($"{name}{extension}"), new ObjectItem($"{name}.small{extension}"));

        using var accepted = await PostAsync(client, $$"""{"id":"{{record}}","key":"{{name}}/a b.zip"}""");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetString();
        Assert.Equal($"/exports/{id}", accepted.Headers.Location?.OriginalString);
        var state = await EndAsync(client, id!);
        var archive = await client.GetByteArrayAsync(backends.Link(record), Token);
        Assert.Equal(
            ("completed", record, "exports", $"{name}/a b.zip", "admin", 2, 0, archive.Length, archive.Length),
            (Text(state, "state"), Text(state, "record_id"), Text(state, "bucket"), Text(state, "key"), Text(state, "created_by"), Number(state, "files"),
                Number(state, "skipped"), Number(state, "length"), Number(state, "bytes_done")));
        Assert.Equal(parts, state.TryGetProperty("parts", out var count) ? count.GetInt32() : null);
        Assert.Equal(archive, await File.ReadAllBytesAsync(Path.Combine(backends.Exports, name, "a b.zip"), Token));
        Assert.Single(Directory.GetFiles(Path.Combine(backends.Exports, name)));

        using var again = await PostAsync(client, $$"""{"id":"{{record}}","key":"{{name}}/a b.zip"}""");
        await AssertProblemAsync(again, HttpStatusCode.Conflict, "destination-exists");
        using var late = await SendAsync(client, HttpMethod.Delete, $"/exports/{id}", Admin);
        await AssertProblemAsync(late, HttpStatusCode.Conflict, "export-over");
    }

    [Fact]
    public async Task A_cancelled_export_leaves_nothing()
    {
        var (client, backends) = await HostAsync();
        var name = $"{Guid.NewGuid():N}.jpg";
        await backends.PutSparseAsync(name, 400L << 20);
        var record = await backends.AddAsync(null, null, new ObjectItem(name));
        using var accepted = await PostAsync(client, $$"""{"id":"{{record}}","key":"cancelled-{{name}}.zip"}""");
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetString()!;
        using (var repeated = await PostAsync(client, $$"""{"id":"{{record}}","key":"cancelled-{{name}}.zip"}"""))
        {
            Assert.Equal(accepted.Headers.Location, repeated.Headers.Location);
            await AssertProblemAsync(repeated, HttpStatusCode.Conflict, "export-running");
        }

        using var cancelled = await SendAsync(client, HttpMethod.Delete, $"/exports/{id}", Admin);
        using var again = await SendAsync(client, HttpMethod.Delete, $"/exports/{id}", Admin);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (cancelled.StatusCode, again.StatusCode));

        Assert.Equal("cancelled", Text(await EndAsync(client, id), "state"));
        await Eventually.UntilAsync(
            () => Task.FromResult(Directory.GetFiles(backends.Exports).Length == 0), "the parts that were being written are removed", Token);
    }

    [Fact]
    public async Task A_file_that_is_part_of_the_archive_through_a_link_is_not_replaced()
    {
        var (client, backends) = await HostAsync();
        var name = Guid.NewGuid().ToString("N");
        await backends.PutAsync($"{name}.txt", default);
        var folder = Directory.CreateDirectory(Path.Combine(backends.Exports, name)).FullName;
        var file = Path.Combine(folder, "a.jpg");
        await File.WriteAllBytesAsync(file, new byte[10], Token);
        Directory.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(backends.Exports)!, "b", name), folder);
        var record = await backends.AddAsync(null, null, new ObjectItem($"{name}/a.jpg"));

        using var accepted = await PostAsync(client, $$"""{"id":"{{record}}","key":"{{name}}/a.jpg","overwrite":true}""");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var state = await EndAsync(client, (await accepted.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetString()!);
        Assert.Equal(("failed", "destination_refused"), (Text(state, "state"), Text(state, "reason")));
        Assert.Equal(new byte[10], await File.ReadAllBytesAsync(file, Token));
    }

    [Theory]
    [InlineData("""[]""", "")]
    [InlineData("""{"id":"r","key":"k","tint":1}""", "tint")]
    [InlineData("""{"key":"k"}""", "id")]
    [InlineData("""{"id":null,"key":"k"}""", "id")]
    [InlineData("""{"id":5,"key":"k"}""", "id")]
    [InlineData("""{"id":"r"}""", "key")]
    [InlineData("""{"id":"r","key":""}""", "key")]
    [InlineData("""{"id":"r","key":"folder/"}""", "key")]
    [InlineData("""{"id":"r","key":"a\u0000b"}""", "key")]
    [InlineData("""{"id":"r","key":"../b/a.zip"}""", "key")]
    [InlineData("""{"id":"r","key":"."}""", "key")]
    [InlineData("""{"id":"r","key":".","overwrite":true}""", "key")]
    [InlineData("""{"id":"r","key":"new/..","overwrite":true}""", "key")]
    [InlineData($$"""{"id":"r","key":"{{NameOf300}}"}""", "key")]
    [InlineData("""{"id":"r","key":"k","bucket":"b"}""", "bucket")]
    [InlineData("""{"id":"r","key":"k","bucket":["exports"]}""", "bucket")]
    [InlineData("""{"id":"r","key":"k","part_size":1000}""", "part_size")]
    [InlineData("""{"id":"r","key":"k","part_size":"5M"}""", "part_size")]
    [InlineData("""{"id":"r","key":"k","part_size":5242880.5}""", "part_size")]
    [InlineData("""{"id":"r","key":"k","part_size":99999999999}""", "part_size")]
    [InlineData("""{"id":"r","key":"k","overwrite":"yes"}""", "overwrite")]
    [InlineData("""{"id":"r","key":"k","callback":"ftp://example.com"}""", "callback")]
    [InlineData("""{"id":"r","key":"k","callback":7}""", "callback")]
    [InlineData("""{"id":"r","id":"s","key":"k"}""", "")]
    [InlineData("""{"id":"r","key":"k""", "")]
    [InlineData("""{"id":"\ud800","key":"k"}""", "")]
    [InlineData("""{"id":"r","key":"k","\ud800":1}""", "")]
    public async Task A_body_that_cannot_be_used_is_refused_by_field(string body, string field)
    {
        var (client, backends) = await HostAsync();
        var record = await backends.AddAsync(null, null, new ObjectItem("any.jpg"));
        using var answer = await PostAsync(client, body.Replace("\"r\"", $"\"{record}\"", StringComparison.Ordinal));
        var problem = await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "invalid-request");
        Assert.Contains(field, problem.GetProperty("errors").EnumerateArray().Select(static error => error.GetProperty("field").GetString()));
        Assert.Empty(Directory.GetFiles(backends.Exports));
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData("application/json", "gzip")]
    public async Task A_body_that_is_not_plain_JSON_is_refused(string type, string? coding)
    {
        var (client, _) = await HostAsync();
        using var content = new ByteArrayContent("""{"id":"r","key":"k"}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding is null ? [] : [coding]);
        using var answer = await SendAsync(client, HttpMethod.Post, "/exports", Admin, content);
        await AssertProblemAsync(answer, HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact]
    public async Task Only_an_unbound_key_may_export()
    {
        var (client, _) = await HostAsync();
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/exports"), (HttpMethod.Get, $"/exports/{Guid.NewGuid():N}"), (HttpMethod.Delete, $"/exports/{Guid.NewGuid():N}") })
        {
            using var without = await SendAsync(client, method, path, key: null);
            await AssertProblemAsync(without, HttpStatusCode.Unauthorized, "api-key-required");
            using var wrong = await SendAsync(client, method, path, "wrong-secret-0123456789");
            await AssertProblemAsync(wrong, HttpStatusCode.Unauthorized, "api-key-required");
            using var bound = await SendAsync(client, method, path, Tenant);
            await AssertProblemAsync(bound, HttpStatusCode.Forbidden, "key-may-not-export");
        }
    }

    [Fact]
    public async Task A_missing_entry_is_not_found()
    {
        var (client, _) = await HostAsync();
        using var record = await PostAsync(client, """{"id":"no-such-record","key":"k.zip"}""");
        await AssertProblemAsync(record, HttpStatusCode.NotFound, "record-not-found");
        foreach (var id in new[] { Guid.NewGuid().ToString("N"), "x", "a'b" })
        {
            using var shown = await SendAsync(client, HttpMethod.Get, $"/exports/{id}", Admin);
            await AssertProblemAsync(shown, HttpStatusCode.NotFound, "export-not-found");
            using var cancelled = await SendAsync(client, HttpMethod.Delete, $"/exports/{id}", Admin);
            await AssertProblemAsync(cancelled, HttpStatusCode.NotFound, "export-not-found");
        }

        using var text = await SendAsync(client, HttpMethod.Post, "/exports", Admin, new StringContent("{}"));
        await AssertProblemAsync(text, HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        using var large = await PostAsync(client, new string(' ', 65 << 10));
        await AssertProblemAsync(large, HttpStatusCode.RequestEntityTooLarge, "body-too-large");
    }

    private static async Task<JsonElement> EndAsync(HttpClient client, string id)
    {
        var state = default(JsonElement);
        await Eventually.UntilAsync(
            async () =>
            {
                using var answer = await SendAsync(client, HttpMethod.Get, $"/exports/{id}", Admin);
                state = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
                return Text(state, "state") is not ("queued" or "running");
            },
            "the export ends",
            Token);
        return state;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string body) =>
        SendAsync(client, HttpMethod.Post, "/exports", Admin, new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string? key, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
        {
            request.Headers.Add("X-Api-Key", key);
        }

        return await client.SendAsync(request, Token);
    }

    private static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(status == answer.StatusCode, text);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal($"urn:egress:problem:{code}", Text(problem, "type"));
        return problem;
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
