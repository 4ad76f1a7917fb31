using System.Net;
using System.Text.Json;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Refusals before the first byte, over HTTP.</summary>
public sealed class RefusalTests(DefaultServer shared) : IClassFixture<DefaultServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Missing_objects_are_refused_unless_ignored()
    {
        var server = shared.Server;
        await server.PutAsync("b", "here.txt", "1"u8.ToArray());
        await AssertProblemAsync(server, await server.CreateLinkAsync("b", "here.txt", "gone.txt"), HttpStatusCode.NotFound, "file-missing");

        await using var lenient = await EgressServer.StartAsync(("IGNORE_MISSING", "true"));
        await lenient.PutAsync("b", "here.txt", "1"u8.ToArray());
        using var zip = await Archive.GetAsync(lenient, await lenient.CreateLinkAsync("b", "here.txt", "gone.txt"));
        Assert.Equal("here.txt", Assert.Single(zip.Entries).Name);
        Assert.Contains("Partial: 1 of 2 files", await lenient.Process.WaitForLineAsync("\"EventId\":1000", TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
        await AssertProblemAsync(lenient, await lenient.CreateLinkAsync("b", "gone.txt", "too.txt"), HttpStatusCode.NotFound, "file-missing");
    }

    [Fact]
    public async Task A_folder_or_a_pipe_in_place_of_a_file_is_neither_missing_nor_a_crash()
    {
        await using var server = await EgressServer.StartAsync(("IGNORE_MISSING", "true"));
        await server.PutAsync("b", "folder/x.txt", "1"u8.ToArray());
        await Executable.Require("mkfifo").RunAsync(Path.Combine(server.Files, "b/pipe"));
        await AssertProblemAsync(server, await server.CreateLinkAsync("b", "folder"), HttpStatusCode.BadGateway, null);
        await AssertProblemAsync(server, await server.CreateLinkAsync("b", "pipe"), HttpStatusCode.BadGateway, null);
    }

    [Theory]
    [InlineData("../../outside.txt")]
    [InlineData("/etc/hostname")]
    [InlineData("../../data/signing-secret")]
    public async Task Nothing_outside_the_storage_is_ever_sent(string key)
    {
        var server = shared.Server;
        await server.PutAsync("b", "x.txt", "1"u8.ToArray());
        await File.WriteAllTextAsync(Path.Combine(server.Files, "../outside.txt"), "secret", Token);
        using var answer = await server.Client.GetAsync(await server.CreateLinkAsync("b", key), Token);
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.BadGateway });
    }

    [Theory]
    [InlineData("MAX_FILE_SIZE", "10", HttpStatusCode.RequestEntityTooLarge, "file-too-large")]
    [InlineData("MAX_FILES_PER_REQUEST", "1", HttpStatusCode.BadRequest, "too-many-files")]
    [InlineData("ALLOWED_EXTENSIONS", "pdf,.png", HttpStatusCode.BadRequest, "no-allowed-files")]
    [InlineData("BLOCKED_EXTENSIONS", "TXT", HttpStatusCode.BadRequest, "no-allowed-files")]
    public async Task Limits_and_lists_are_enforced(string setting, string value, HttpStatusCode status, string code)
    {
        await using var server = await EgressServer.StartAsync((setting, value));
        await server.PutAsync("b", "a.txt", new byte[11]);
        await server.PutAsync("b", "b.txt", new byte[11]);
        var record = new DownloadRecord { Id = "two", Bucket = "b", Objects = [new ObjectItem("a.txt"), new ObjectItem("b.txt")] };
        await AssertProblemAsync(server, await server.AddRecordAsync(record), status, code);
    }

    [Theory]
    [InlineData("ENFORCE_SIGNING", "/sample", "signature-required")]
    [InlineData("REQUIRE_EXPIRY", "/sample", "expiry-required")]
    [InlineData("ENFORCE_SIGNING", "/sample?signature=00", "signature-invalid")]
    public async Task A_missing_signature_or_expiry_is_named(string setting, string link, string code)
    {
        await using var server = await EgressServer.StartAsync(("ENFORCE_SIGNING", "false"), (setting, "true"));
        await AssertProblemAsync(server, link, HttpStatusCode.Unauthorized, code);
    }

    [Fact]
    public async Task Requests_beyond_the_rate_get_a_Retry_After()
    {
        await using var server = await EgressServer.StartAsync(
            ("ENFORCE_SIGNING", "false"), ("RATE_LIMIT_PER_IP", "0.01"), ("RATE_LIMIT_BURST", "2"), ("TRUSTED_PROXIES", "1"));
        var statuses = new List<HttpStatusCode>();
        foreach (var client in new[] { "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/sample");
            request.Headers.Add("X-Forwarded-For", $"6.6.6.6, {client}");
            using var answer = await server.Client.SendAsync(request, Token);
            statuses.Add(answer.StatusCode);
            Assert.Equal(answer.StatusCode == HttpStatusCode.TooManyRequests, answer.Headers.RetryAfter is not null);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK], statuses);
    }

    [Fact]
    public async Task Another_method_is_answered_with_the_allowed_ones()
    {
        var server = shared.Server;
        using var answer = await server.Client.PutAsync("/abc", new StringContent("x"), Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/links")]
    [InlineData("/view")]
    [InlineData("/download")]
    [InlineData("/favicon.ico")]
    [InlineData("/a/b/c")]
    [InlineData("/")]
    public async Task Reserved_and_unknown_addresses_are_never_ids(string path)
    {
        var server = shared.Server;
        await AssertProblemAsync(server, path, HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task Three_wrong_settings_stop_the_start_with_one_message_and_no_secret()
    {
        var result = await EgressServer.RunInNewFolderAsync(
            [("PORT", "http"), ("REQUEST_TIMEOUT", "5 minutes"), ("DB_URL", "postgres//user:hunter2@host/db")]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.All(new[] { "PORT", "REQUEST_TIMEOUT", "DB_URL" }, name => Assert.Contains(name, result.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_command_shows_where_values_come_from_and_masks_secrets()
    {
        var result = await EgressServer.RunInNewFolderAsync([("MAX_FILE_SIZE", "2G")], "settings");
        var lines = result.EnsureSuccess().Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("MAX_FILE_SIZE", StringComparison.Ordinal) && line.EndsWith("environment", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("APPEND_YMD", StringComparison.Ordinal) && line.EndsWith("default", StringComparison.Ordinal));
        Assert.DoesNotContain("test-secret", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_command_names_the_generated_secret()
    {
        var result = await EgressServer.RunInNewFolderAsync([("SIGNING_SECRET", "")], "settings");
        Assert.Contains("signing-secret", Assert.Single(result.EnsureSuccess().Output.Split('\n'), Note), StringComparison.Ordinal);

        static bool Note(string line) => line.StartsWith("note: SIGNING_SECRET", StringComparison.Ordinal);
    }

    private static async Task AssertProblemAsync(EgressServer server, string link, HttpStatusCode status, string? code)
    {
        using var answer = await server.Client.GetAsync(link, Token);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Files, text, StringComparison.Ordinal);
        using var problem = JsonDocument.Parse(text);
        Assert.Equal(Assert.Single(answer.Headers.GetValues("X-Request-ID")), problem.RootElement.GetProperty("requestId").GetString());
        if (code is not null)
        {
            Assert.Equal($"urn:egress:problem:{code}", problem.RootElement.GetProperty("type").GetString());
        }
    }
}
