using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of the API of links. The tests of each host inherit this class.</summary>
public abstract class LinkApiContract
{
    /// <summary>The secret of an API key that is not bound to a prefix.</summary>
    protected const string Admin = "admin-secret-0123456789";

    /// <summary>The secret of an API key that is bound to the prefix <c>tenant/</c>.</summary>
    protected const string Tenant = "tenant-secret-0123456789";

    /// <summary>The secret of another API key that is bound to the same prefix.</summary>
    protected const string Rival = "rival-secret-0123456789";

    /// <summary>The settings that create these API keys.</summary>
    public static (string Name, string Value)[] Settings { get; } =
    [
        ("ADMIN_API_KEY", Admin), ("API_KEYS", $"tenant:{Tenant}:b/tenant/;rival:{Rival}:b/tenant/;twin:twin-secret-0123456789;old:old-secret-0123456789;old:new-secret-0123456789"),
        ("PUBLIC_URL", "https://downloads.example.com/base"),
    ];

    /// <summary>Canceled when the running test ends.</summary>
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Fact]
    public async Task A_link_is_created_downloaded_shown_and_revoked()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("life/a.jpg", Bytes(70_000));
        var created = await CreateAsync(client, """{"bucket":"b","objects":["life/a.jpg"],"name":"<b>Life</b>","expires_in":"2h"}""");
        var id = created.GetProperty("id").GetString()!;
        Assert.Equal(7, Guid.Parse(id).Version);
        Assert.Equal((1, true, 0), (created.GetProperty("files").GetInt32(), created.GetProperty("resumable").GetBoolean(), created.GetProperty("missing").GetInt32()));
        Assert.False(created.TryGetProperty("not_resumable_because", out _));
        var link = Relative(created, "url", "/download/");
        Assert.Equal(link.Replace("/download/", "/view/", StringComparison.Ordinal), Relative(created, "page_url", "/view/"));

        var archive = await client.GetByteArrayAsync(link, Token);
        Assert.Equal(created.GetProperty("length").GetInt64(), archive.Length);
        var state = await StateWhenAsync(client, id, static state => state.GetProperty("downloads_used").GetInt32() == 1);
        Assert.Equal(
            (id, "admin", false, archive.Length, created.GetProperty("expires_at").GetString()),
            (Text(state, "id"), Text(state, "created_by"), state.GetProperty("revoked").GetBoolean(), state.GetProperty("bytes_delivered").GetInt32(), Text(state, "expires_at")));
        Assert.Equal(("completed", archive.Length), (Text(state.GetProperty("last_download"), "status"), state.GetProperty("last_download").GetProperty("bytes").GetInt32()));

        using var revoked = await SendAsync(client, HttpMethod.Delete, $"/links/{id}");
        Assert.Equal((HttpStatusCode.NoContent, 0), (revoked.StatusCode, (await revoked.Content.ReadAsByteArrayAsync(Token)).Length));
        using var gone = await client.GetAsync(link, Token);
        await AssertProblemAsync(gone, HttpStatusCode.Gone, "link-revoked");
        Assert.True((await JsonAsync(client, $"/links/{id}")).GetProperty("revoked").GetBoolean());
        using var again = await SendAsync(client, HttpMethod.Delete, $"/links/{id}");
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
    }

    [Fact]
    public async Task The_answer_has_the_address_of_the_link_and_is_not_cached()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("where/a.jpg", Bytes(10));
        using var response = await PostAsync(client, """{"bucket":"b","objects":["where/a.jpg"],"id":"ä/b +1"}""", headers: ("Host", "evil.example"));
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == HttpStatusCode.Created, body);
        Assert.DoesNotContain("evil.example", body, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u0026", body, StringComparison.Ordinal); // readable, because people copy the link from the response
        Assert.Equal("/base/links/%C3%A4%2Fb%20%2B1", response.Headers.Location?.OriginalString);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("ä/b +1", Text(await JsonAsync(client, "/links/%C3%A4%2Fb%20%2B1"), "id"));
        using var archive = await client.GetAsync(Relative(JsonElement.Parse(body), "url", "/download/"), Token);
        Assert.Equal(HttpStatusCode.OK, archive.StatusCode);
    }

    [Fact]
    public async Task A_link_of_limited_downloads_is_used_up()
    {
        var (client, backends) = await HostAsync();

        // The archive is compressed, so its length is not known. The limit of its link then counts downloads and not bytes.
        await backends.PutAsync("limited/a.txt", Encoding.UTF8.GetBytes(new string('a', 1000)));
        var created = await CreateAsync(client, """{"bucket":"b","objects":["limited/a.txt"],"max_downloads":2}""");
        var (id, link) = (created.GetProperty("id").GetString()!, Relative(created, "url", "/download/"));
        Assert.Equal((2, 0), (await Count("max_downloads"), await Count("downloads_used")));
        for (var i = 1; i <= 2; i++)
        {
            using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            await client.GetByteArrayAsync(link, Token);
            await StateWhenAsync(client, id, state => state.GetProperty("downloads_used").GetInt32() == i);
        }

        using var refused = await client.GetAsync(link, Token);
        await AssertProblemAsync(refused, HttpStatusCode.Gone, "link-used-up");
        using var still = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        Assert.Equal(2, await Count("downloads_used"));

        async Task<int> Count(string field) => (await JsonAsync(client, $"/links/{id}")).GetProperty(field).GetInt32();
    }

    [Theory]
    [InlineData("link-used-up", "en")]
    [InlineData("link-used-up", "de")]
    [InlineData("link-revoked", "en")]
    [InlineData("link-revoked", "de")]
    public async Task The_page_of_an_expired_or_revoked_link_names_the_reason(string code, string language)
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("over/a.txt", Encoding.UTF8.GetBytes(new string('a', 1000)));
        var created = await CreateAsync(client, """{"bucket":"b","objects":["over/a.txt"],"max_downloads":1,"expires_in":"2h"}""");
        var page = Relative(created, "page_url", "/view/");
        var before = await client.GetStringAsync(page, Token);
        Assert.Contains("<li>1 of 1 downloads is left.</li>", before, StringComparison.Ordinal);
        Assert.Contains("An interrupted download cannot be resumed", before, StringComparison.Ordinal);

        if (code == "link-revoked")
        {
            using var revoked = await SendAsync(client, HttpMethod.Delete, $"/links/{Text(created, "id")}");
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }
        else
        {
            await client.GetByteArrayAsync(Relative(created, "url", "/download/"), Token);
        }

        // Retried, because a download is counted only after its last byte was sent.
        using var over = await Eventually.UntilAsync(
            PageAsync, static response => response.StatusCode == HttpStatusCode.Gone, "the page", static response => response.ToString(), Token);
        var html = await over.Content.ReadAsStringAsync(Token);
        Assert.Contains($"<html lang=\"{language}\">", html, StringComparison.Ordinal);
        Assert.Contains("<h1>Link ", html, StringComparison.Ordinal);
        Assert.Contains($"410 ({code})", html, StringComparison.Ordinal);
        Assert.Equal(("text/html", language), (over.Content.Headers.ContentType?.MediaType, string.Join(',', over.Content.Headers.ContentLanguage)));
        Assert.Equal(("no-store, private", "Accept, Accept-Language"), (over.Headers.CacheControl?.ToString(), string.Join(", ", over.Headers.Vary)));
        using var program = await client.GetAsync(page, Token);
        await AssertProblemAsync(program, HttpStatusCode.Gone, code);

        Task<HttpResponseMessage> PageAsync() =>
            client.SendAsync(new HttpRequestMessage(HttpMethod.Get, page) { Headers = { { "Accept", "text/html" }, { "Accept-Language", language } } }, Token);
    }

    [Fact]
    public async Task The_reasons_are_given_if_an_archive_cannot_be_resumed()
    {
        var (client, backends) = await HostAsync();
        foreach (var name in new[] { "a.txt", "b.txt", "c.txt", "d.txt", "e.jpg" })
        {
            await backends.PutAsync($"why/{name}", Encoding.UTF8.GetBytes(new string('a', 1000)));
        }

        var created = await CreateAsync(client, """{"bucket":"b","objects":[{"prefix":"why/"}]}""");
        Assert.Equal((5, JsonValueKind.Null, false), (created.GetProperty("files").GetInt32(), created.GetProperty("length").ValueKind, created.GetProperty("resumable").GetBoolean()));
        Assert.Equal("4 entries will be compressed: a.txt, b.txt, c.txt, …", Assert.Single(created.GetProperty("not_resumable_because").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Objects_are_looked_up_unless_that_is_turned_off()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("there.jpg", Bytes(10));
        const string body = """{"bucket":"b","objects":["there.jpg","gone.jpg",{"key":"gone too.jpg"}],"id":"checked"CHECK}""";
        using var refused = await PostAsync(client, body.Replace("CHECK", "", StringComparison.Ordinal));
        Assert.Equal(["objects[1]: does not exist", "objects[2]: does not exist"], await AssertProblemAsync(refused, HttpStatusCode.BadRequest, "invalid-request"));
        using var absent = await SendAsync(client, HttpMethod.Get, "/links/checked");
        await AssertProblemAsync(absent, HttpStatusCode.NotFound, "link-not-found");

        var created = await CreateAsync(client, body.Replace("CHECK", ",\"check\":false", StringComparison.Ordinal));
        Assert.Equal((3, JsonValueKind.Null), (created.GetProperty("files").GetInt32(), created.GetProperty("length").ValueKind));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("X-Api-Key", "")]
    [InlineData("X-Api-Key", "wrong-secret-0123456789")]
    [InlineData("X-Api-Key", Admin + "x")]
    [InlineData("Authorization", "Bearer wrong-secret-0123456789")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "Basic " + Admin)]
    [InlineData("Authorization", Admin)]
    public async Task Without_a_valid_key_nothing_is_disclosed(string? header, string? value)
    {
        var (client, _) = await HostAsync();
        foreach (var (method, path) in new[] { ("GET", "/links"), ("HEAD", "/links"), ("POST", "/links"), ("GET", "/links/any"), ("DELETE", "/links/any") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? Json("{}") : null };
            if (header is not null)
            {
                request.Headers.TryAddWithoutValidation(header, value);
            }

            using var response = await client.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer realm=\"links\"", response.Headers.WwwAuthenticate.ToString());
            if (method != "HEAD")
            {
                await AssertProblemAsync(response, HttpStatusCode.Unauthorized, "api-key-required");
            }
        }
    }

    [Theory]
    [InlineData("X-Api-Key", "old-secret-0123456789")]
    [InlineData("X-Api-Key", "new-secret-0123456789")]
    [InlineData("Authorization", "Bearer new-secret-0123456789")]
    [InlineData("Authorization", "bearer  old-secret-0123456789")]
    public async Task Each_secret_of_a_key_works_in_both_headers(string header, string value)
    {
        var (client, _) = await HostAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/links?limit=1");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""["other/x.jpg"]""", "objects[0]")]
    [InlineData("""["tenant/x.jpg",{"key":"x.jpg","bucket":"c"}]""", "objects[1]")]
    [InlineData("""[{"prefix":""}]""", "objects[0]")]
    [InlineData("""[{"prefix":"tenant"}]""", "objects[0]")]
    [InlineData("""["tenant/../other/x.jpg"]""", "objects[0]")]
    [InlineData("""[{"key":"b/tenant/x.jpg","bucket":"."}]""", "objects[0]")]
    [InlineData("""[{"folder":"e/"},{"prefix":"tenant/../"}]""", "objects[1]")]
    public async Task A_bound_key_cannot_create_links_to_other_objects(string objects, string field)
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("other/x.jpg", Bytes(10));
        await backends.PutAsync("tenant/x.jpg", Bytes(10));
        using var refused = await PostAsync(client, $$"""{"bucket":"b","objects":{{objects}},"check":false}""", Tenant);
        Assert.Equal([$"{field}: is not in a bucket or under a prefix of this key"], await AssertProblemAsync(refused, HttpStatusCode.Forbidden, "key-out-of-scope"));
    }

    [Fact]
    public async Task A_bound_key_sees_and_revokes_only_its_own_links()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("tenant/x.jpg", Bytes(10));
        const string body = """{"bucket":"b","objects":["tenant/x.jpg"]}""";
        var own = Text(await CreateAsync(client, body, Tenant), "id");
        var others = Text(await CreateAsync(client, body), "id");
        var application = await backends.AddAsync(null, null, new Egress.Records.ObjectItem("tenant/x.jpg"));

        Assert.Equal(own, Text(await JsonAsync(client, $"/links/{own}", Tenant), "id"));
        foreach (var (secret, id) in new[] { (Tenant, others), (Rival, own), (Rival, others), (Tenant, application), (Tenant, "nothing") })
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
            {
                using var hidden = await SendAsync(client, method, $"/links/{id}", secret);
                await AssertProblemAsync(hidden, HttpStatusCode.NotFound, "link-not-found");
            }
        }

        var seen = await ListAsync(client, "", Tenant);
        Assert.All(seen, link => Assert.Equal("tenant", Text(link, "created_by")));
        Assert.Contains(own, seen.Select(link => Text(link, "id")));
        Assert.All(await ListAsync(client, "", Rival), link => Assert.Equal("rival", Text(link, "created_by")));
        Assert.True((await ListAsync(client, "")).Select(link => Text(link, "id")).ToHashSet().IsSupersetOf([own, others]));
        using var foreign = await SendAsync(client, HttpMethod.Get, "/links?created_by=admin", Tenant);
        Assert.StartsWith("created_by: ", Assert.Single(await AssertProblemAsync(foreign, HttpStatusCode.BadRequest, "invalid-request")), StringComparison.Ordinal);
        using var archive = await client.GetAsync(backends.Link(others), Token);
        Assert.Equal(HttpStatusCode.OK, archive.StatusCode);
    }

    [Fact]
    public async Task A_link_that_the_application_made_can_be_revoked_with_an_unbound_key()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("leaked.jpg", Bytes(10));
        var id = await backends.AddAsync(null, null, new Egress.Records.ObjectItem("leaked.jpg"));
        using var before = await client.GetAsync(backends.Link(id), Token);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        using var unknown = await SendAsync(client, HttpMethod.Get, $"/links/{id}");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        using var revoked = await SendAsync(client, HttpMethod.Delete, $"/links/{id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        using var after = await client.GetAsync(backends.Link(id), Token);
        await AssertProblemAsync(after, HttpStatusCode.Gone, "link-revoked");
        var state = await JsonAsync(client, $"/links/{id}");
        Assert.Equal((JsonValueKind.Null, "admin"), (state.GetProperty("created_by").ValueKind, Text(state, "revoked_by")));
    }

    [Fact]
    public async Task An_id_is_never_overwritten()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("mine.jpg", Bytes(10));
        await backends.PutAsync("tenant/yours.jpg", Bytes(20));
        var id = await backends.AddAsync(null, null, new Egress.Records.ObjectItem("mine.jpg"));
        using var refused = await PostAsync(client, $$"""{"bucket":"b","objects":["tenant/yours.jpg"],"id":"{{id}}"}""", Tenant);
        await AssertProblemAsync(refused, HttpStatusCode.Conflict, "id-exists");
        using var archive = await client.GetAsync(backends.Link(id), Token);
        Assert.Contains("mine.jpg", Encoding.UTF8.GetString(await archive.Content.ReadAsByteArrayAsync(Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_same_answer_and_creates_one_link()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("tenant/again.txt", Bytes(10));
        const string body = """{"bucket":"b","objects":["tenant/again.txt"],"expires_in":"1h"}""";
        var answers = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            using var response = await PostAsync(client, body, headers: ("Idempotency-Key", "order-17"));
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            answers.Add(await response.Content.ReadAsStringAsync(Token));
        }

        Assert.Single(answers);
        using var other = await PostAsync(client, body.Replace("1h", "2h", StringComparison.Ordinal), headers: ("Idempotency-Key", "order-17"));
        await AssertProblemAsync(other, HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        using var foreign = await PostAsync(client, body, "twin-secret-0123456789", ("Idempotency-Key", "order-17"));
        Assert.Equal(HttpStatusCode.Created, foreign.StatusCode);
        Assert.DoesNotContain(await foreign.Content.ReadAsStringAsync(Token), answers);
        using var faulty = await PostAsync(client, body, headers: ("Idempotency-Key", new string('k', 256)));
        Assert.StartsWith("Idempotency-Key: ", Assert.Single(await AssertProblemAsync(faulty, HttpStatusCode.BadRequest, "invalid-request")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_has_pages_and_filters()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("tenant/list.jpg", Bytes(10));
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            made.Add(Text(await CreateAsync(client, """{"bucket":"b","objects":["tenant/list.jpg"]}""", "old-secret-0123456789"), "id"));
        }

        using (await SendAsync(client, HttpMethod.Delete, $"/links/{made[0]}"))
        {
            Assert.Equal(made.Order(), (await ListAsync(client, "created_by=old&limit=2")).Select(link => Text(link, "id")).Order());
            Assert.Equal([made[0]], (await ListAsync(client, "created_by=old&state=revoked")).Select(link => Text(link, "id")));
            Assert.Equal(4, (await ListAsync(client, "created_by=old&state=active")).Count);
            Assert.Empty(await ListAsync(client, "created_by=old&state=expired"));
        }
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("after=", "after")]
    [InlineData("state=", "state")]
    [InlineData("created_by=", "created_by")]
    [InlineData("after=x", "after")]
    [InlineData("state=new", "state")]
    [InlineData("page=2", "page")]
    public async Task A_faulty_parameter_is_named(string query, string field)
    {
        var (client, _) = await HostAsync();
        using var response = await SendAsync(client, HttpMethod.Get, $"/links?{query}");
        Assert.StartsWith($"{field}: ", Assert.Single(await AssertProblemAsync(response, HttpStatusCode.BadRequest, "invalid-request")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/links", "PUT", "GET, HEAD, POST")]
    [InlineData("/links", "DELETE", "GET, HEAD, POST")]
    [InlineData("/links", "OPTIONS", "GET, HEAD, POST")]
    [InlineData("/links/a", "POST", "GET, HEAD, DELETE")]
    [InlineData("/links/a", "PATCH", "GET, HEAD, DELETE")]
    [InlineData("/links/a", "OPTIONS", "GET, HEAD, DELETE")]
    public async Task Other_methods_are_refused_with_what_is_allowed(string path, string method, string allowed)
    {
        var (client, _) = await HostAsync();
        using var response = await SendAsync(client, new HttpMethod(method), path);
        await AssertProblemAsync(response, HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
    }

    [Fact]
    public async Task HEAD_has_the_length_of_GET_and_no_body()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("head.jpg", Bytes(10));
        var id = Text(await CreateAsync(client, """{"bucket":"b","objects":["head.jpg"]}"""), "id");
        using var get = await SendAsync(client, HttpMethod.Get, $"/links/{id}");
        using var head = await SendAsync(client, HttpMethod.Head, $"/links/{id}");
        Assert.Equal((get.StatusCode, get.Content.Headers.ContentLength), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Token));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json5")]
    public async Task A_body_of_another_type_is_refused(string type)
    {
        var (client, _) = await HostAsync();
        using var content = new StringContent("""{"bucket":"b","objects":["a"]}""", Encoding.UTF8, type);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/links") { Content = content, Headers = { { "X-Api-Key", Admin } } };
        using var response = await client.SendAsync(request, Token);
        await AssertProblemAsync(response, HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Theory]
    [InlineData("application/json; charset=iso-8859-1", null)]
    [InlineData("application/json; charset=\"utf-16\"", null)]
    [InlineData("application/json", "gzip")]
    [InlineData("application/json", "identity, br")]
    [InlineData("application/json; charset=utf-8", "deflate")]
    public async Task A_body_that_is_compressed_or_not_in_UTF_8_is_refused(string type, string? coding)
    {
        var (client, _) = await HostAsync();
        using var response = await PostTypedAsync(client, """{"bucket":"b","objects":["a"],"check":false}""", type, coding);
        await AssertProblemAsync(response, HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Theory]
    [InlineData("application/json", null)]
    [InlineData("Application/JSON; charset=\"UTF-8\"", null)]
    [InlineData("application/json;charset=utf-8", "identity")]
    public async Task Plain_UTF_8_is_taken_in_every_spelling(string type, string? coding)
    {
        var (client, _) = await HostAsync();
        using var response = await PostTypedAsync(client, """{"bucket":"b","objects":["ä"],"check":false}""", type, coding);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task Bad_bodies_are_refused_with_field_and_reason_and_nothing_is_stored()
    {
        var (client, _) = await HostAsync();
        var before = (await ListAsync(client, "created_by=admin")).Count;
        foreach (var (body, field, reason) in BadLinkBodies.Everywhere.Select(static row => row.Data))
        {
            using var response = await PostAsync(client, body);
            var errors = await AssertProblemAsync(response, HttpStatusCode.BadRequest, "invalid-request");
            Assert.True(errors.Any(error => error.StartsWith($"{field}: ", StringComparison.Ordinal) && error.Contains(reason, StringComparison.Ordinal)), $"{body}: {string.Join('\n', errors)}");
        }

        Assert.InRange(BadLinkBodies.Everywhere.Count, 60, int.MaxValue);
        Assert.Equal(before, (await ListAsync(client, "created_by=admin")).Count);
    }

    [Fact]
    public async Task A_repeated_request_does_not_get_an_expired_or_revoked_link()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("repeated.jpg", Bytes(10));
        const string body = """{"bucket":"b","objects":["repeated.jpg"],"expires_in":"EXPIRY"}""";
        var lasting = body.Replace("EXPIRY", "1h", StringComparison.Ordinal);
        using var created = await PostAsync(client, lasting, headers: ("Idempotency-Key", "revoked-later"));
        using var revoked = await SendAsync(client, HttpMethod.Delete, created.Headers.Location!.OriginalString["/base".Length..]);
        using var repeated = await PostAsync(client, lasting, headers: ("Idempotency-Key", "revoked-later"));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.NoContent), (created.StatusCode, revoked.StatusCode));
        await AssertProblemAsync(repeated, HttpStatusCode.Gone, "link-revoked");

        using var expired = await Eventually.UntilAsync(
            () => PostAsync(client, body.Replace("EXPIRY", "2s", StringComparison.Ordinal), headers: ("Idempotency-Key", "expires-soon")),
            static response => response.StatusCode != HttpStatusCode.Created, "the link to expire", static response => response.ToString(), Token);
        await AssertProblemAsync(expired, HttpStatusCode.Gone, "link-expired");
    }

    [Fact]
    public async Task A_running_transfer_ends_when_its_link_is_revoked()
    {
        var (client, backends) = await HostAsync();
        await backends.PutSparseAsync("long.jpg", 2L << 30);
        var created = await CreateAsync(client, """{"bucket":"b","objects":["long.jpg"]}""");
        using var response = await client.GetAsync(Relative(created, "url", "/download/"), HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[1 << 20], Token);

        using var revoked = await SendAsync(client, HttpMethod.Delete, $"/links/{Text(created, "id")}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(Stream.Null, Token));
        var state = await StateWhenAsync(client, Text(created, "id"), static state => state.TryGetProperty("last_download", out _));
        Assert.Equal(("failed", "link_revoked"), (Text(state.GetProperty("last_download"), "status"), Text(state.GetProperty("last_download"), "reason")));
    }

    [Fact]
    public async Task The_OpenAPI_document_has_the_address_of_the_API_and_describes_real_answers()
    {
        var (client, backends) = await HostAsync();
        var document = new OpenApiDocument(await client.GetStringAsync("/openapi.json", Token));
        Assert.Equal(("3.1.0", "https://downloads.example.com/base"), ((string)document.Root["openapi"]!, (string)document.Root["servers"]![0]!["url"]!));
        await backends.PutAsync("tenant/api.txt", Bytes(10));
        const string body = """{"bucket":"b","objects":["tenant/api.txt"],"id":"described"}""";
        (string Method, string Path, string? Body, string Secret, int Status)[] requests =
        [
            ("POST", "/links", body, Tenant, 201),
            ("POST", "/links", """{"bucket":"b","objects":[{"prefix":"tenant/"}],"check":false,"expires_in":"0"}""", Admin, 201),
            ("POST", "/links", body, Tenant, 409),
            ("POST", "/links", """{"bucket":"b","objects":[{}],"x":1}""", Admin, 400),
            ("POST", "/links", "{", Admin, 400),
            ("POST", "/links", body, "wrong-secret-0123456789", 401),
            ("POST", "/links", """{"bucket":"c","objects":["a"]}""", Tenant, 403),
            ("POST", "/links", null, Admin, 415),
            ("GET", "/links", null, Admin, 200),
            ("GET", "/links?limit=0", null, Admin, 400),
            ("GET", "/links/described", null, Tenant, 200),
            ("GET", "/links/described", null, Rival, 404),
            ("GET", backends.Link("described", "/view/"), null, Admin, 200),
            ("GET", "/view/described", null, Admin, 401),
            ("GET", backends.Link("nothing", "/view/"), null, Admin, 404),
            ("GET", "/links/described", null, "wrong-secret-0123456789", 401),
            ("DELETE", "/links/nothing", null, Admin, 404),
            ("DELETE", "/links/described", null, Tenant, 204),
            ("GET", "/links/described", null, Admin, 200),
            ("GET", "/download/described", null, Admin, 401),
            ("GET", "/download/described/files/1", null, Admin, 401),
            ("GET", backends.Link("described"), null, Admin, 410),
            ("GET", backends.Link("described", "/view/"), null, Admin, 410),
        ];
        var types = new HashSet<string>();
        foreach (var (method, path, content, secret, status) in requests)
        {
            // A refused link is also requested as a browser requests it.
            string[] accepted = status < 400 ? ["*/*"] : ["*/*", "text/html,*/*;q=0.8"];
            foreach (var accept in accepted)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path)
                {
                    Headers = { { "X-Api-Key", secret }, { "Accept", accept } },
                    Content = content is null ? null : Json(content),
                };
                using var response = await client.SendAsync(request, Token);
                var (answer, type) = (await response.Content.ReadAsStringAsync(Token), response.Content.Headers.ContentType?.MediaType);
                Assert.True((int)response.StatusCode == status, $"{method} {path}: {(int)response.StatusCode} {answer}");
                Assert.Equal((method, path, status, ""), (method, path, status, string.Join('\n', document.FaultsOf(method, Template(path), status, type, answer))));
                if (status >= 400)
                {
                    types.Add($"{Template(path)} {accept.Split(',')[0]} {type}");
                }
            }
        }

        Assert.Equal(
            [
                "/download/{id} */* application/problem+json", "/download/{id} text/html text/html",
                "/download/{id}/files/{n} */* application/problem+json", "/download/{id}/files/{n} text/html text/html",
                "/links */* application/problem+json", "/links text/html application/problem+json",
                "/links/{id} */* application/problem+json", "/links/{id} text/html application/problem+json",
                "/view/{id} */* application/problem+json", "/view/{id} text/html text/html",
            ],
            types.Order(StringComparer.Ordinal));

        static string Template(string path) => path.Split('?')[0].Split('/') switch
        {
            [_, var first] => $"/{first}",
            [_, var first, _] => $"/{first}/{{id}}",
            [_, var first, _, var part, _] => $"/{first}/{{id}}/{part}/{{n}}",
            var other => throw new InvalidOperationException($"No template for {string.Join('/', other)}"),
        };
    }

    /// <summary>Returns bytes that cannot be compressed.</summary>
    protected static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static string Text(JsonElement json, string property) => json.GetProperty(property).GetString()!;

    /// <summary>Returns the link in a response as a path on the host.</summary>
    private static string Relative(JsonElement created, string property, string path)
    {
        const string publicUrl = "https://downloads.example.com/base";
        var link = Text(created, property);
        Assert.StartsWith(publicUrl + path, link, StringComparison.Ordinal);
        return link[publicUrl.Length..];
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string secret = Admin)
    {
        var request = new HttpRequestMessage(method, path) { Headers = { { "X-Api-Key", secret } } };
        return client.SendAsync(request, Token);
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client, string body, string secret = Admin, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/links") { Content = Json(body), Headers = { { "X-Api-Key", secret } } };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, Token);
    }

    private static async Task<HttpResponseMessage> PostTypedAsync(HttpClient client, string body, string type, string? coding)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding is null ? [] : [coding]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/links") { Content = content, Headers = { { "X-Api-Key", Admin } } };
        return await client.SendAsync(request, Token);
    }

    private static async Task<JsonElement> CreateAsync(HttpClient client, string body, string secret = Admin)
    {
        using var response = await PostAsync(client, body, secret);
        var answer = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == HttpStatusCode.Created, answer);
        return JsonElement.Parse(answer);
    }

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path, string secret = Admin)
    {
        using var response = await SendAsync(client, HttpMethod.Get, path, secret);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    /// <summary>Reads all pages of a list of links.</summary>
    private static async Task<List<JsonElement>> ListAsync(HttpClient client, string query, string secret = Admin)
    {
        var (all, after) = (new List<JsonElement>(), "");
        while (true)
        {
            var page = await JsonAsync(client, $"/links?{query}{after}", secret);
            all.AddRange(page.GetProperty("links").EnumerateArray());
            if (!page.TryGetProperty("next", out var next))
            {
                return all;
            }

            after = $"&after={Uri.EscapeDataString(next.GetString()!)}";
        }
    }

    /// <summary>Waits until the state of a link fulfills a condition. It is written only after the client has received everything.</summary>
    private static Task<JsonElement> StateWhenAsync(HttpClient client, string id, Func<JsonElement, bool> holds) => Eventually.UntilAsync(
        () => JsonAsync(client, $"/links/{id}"), holds, "the state of the link", static state => state.ToString(), Token);

    /// <returns>The faulty fields that the problem lists.</returns>
    private static async Task<IReadOnlyList<string>> AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        var problem = JsonElement.Parse(body);
        Assert.Equal(($"urn:egress:problem:{code}", (int)status), (Text(problem, "type"), problem.GetProperty("status").GetInt32()));
        return problem.TryGetProperty("errors", out var errors) ? [.. errors.EnumerateArray().Select(error => $"{Text(error, "field")}: {Text(error, "message")}")] : [];
    }
}
