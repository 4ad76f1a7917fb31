using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Xunit;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>Tests of the log of the built server, at the most detailed level, during failures of every kind.</summary>
public sealed class LogTests
{
    private const string SigningSecret = "signing-5ecret-0123456789";
    private const string MetricsPassword = "metrics-5ecret";
    private const string CallbackSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string RecordPassword = "record-5ecret";
    private const string CallbackToken = "callback-5ecret";
    private const string WrongSignature = "baadf00dbaadf00d";
    private const string StoragePassword = "S3RVER";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_signature_or_full_address_is_in_the_log_whatever_fails()
    {
        await using var database = await PostgresServer.StartAsync();
        var url = await DatabaseAsync(database);
        await using var receiver = await CallbackReceiver.StartAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        });
        await using var observed = await ObservedServer.StartAsync(
            Token, ("DB_URL", url), ("LOG_LEVEL", "trace"), ("SIGNING_SECRET", SigningSecret), ("ENFORCE_SIGNING", "true"),
            ("METRICS_USERNAME", "prometheus"), ("METRICS_PASSWORD", MetricsPassword), ("CALLBACK_SIGNING_SECRET", CallbackSecret),
            ("CALLBACK_MAX_RETRIES", "1"), ("CALLBACK_RETRY_DELAY", "1ms"), ("ALLOW_PASSWORD_PROTECTED", "true"), ("HEALTH_PROBE_SCHEDULE", "* * * * * *"));
        var hook = $"{receiver.Url}/{CallbackToken}?token={CallbackToken}";
        var link = await observed.CreateLinkAsync(hook, "a.txt");
        await ExecuteAsync(url, $"UPDATE downloads SET password = '{RecordPassword}'");

        var signature = link.Split("signature=")[1];
        var client = observed.Server.Client;
        client.DefaultRequestHeaders.Add("X-Request-ID", "the-request");
        using (await client.GetAsync(link, Token))
        using (await client.GetAsync(link.Replace(signature, WrongSignature, StringComparison.Ordinal), Token))
        using (await client.GetAsync("/none?signature=" + WrongSignature, Token))
        {
            await observed.Server.Process.WaitForLineAsync("\"EventId\":4002", TimeSpan.FromMinutes(1));
        }

        observed.Storage.Answer(403);
        using (await client.GetAsync(link, Token))
        {
            observed.Storage.Heal();
        }

        observed.Storage.Answer(500);
        for (var failure = 0; failure < 4; failure++)
        {
            using (await client.GetAsync(link, Token))
            {
            }
        }

        await database.KillAsync();
        using (await client.GetAsync(link, Token))
        {
            await observed.Server.Process.WaitForLineAsync("database cannot be used", TimeSpan.FromMinutes(1));
        }

        var lines = observed.Server.Process.Log.Lines;
        var secrets = new[]
        {
            SigningSecret, MetricsPassword, CallbackSecret, CallbackSecret["whsec_".Length..], RecordPassword, CallbackToken, WrongSignature,
            signature, StoragePassword, new Uri(url).UserInfo.Split(':')[1], "signature=", "/hook", $"{url}",
        };
        Assert.All(secrets, secret => Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase)));
        var events = lines.Where(static line => line.StartsWith('{')).Select(static line => JsonElement.Parse(line)).ToList();
        Assert.All(
            new[] { 1000, 1010, 1011, 3000, 3100, 4001, 4002, 5000 },
            id => Assert.Contains(events, line => line.GetProperty("EventId").GetInt32() == id));
        Assert.All(events.Where(static line => line.GetProperty("EventId").GetInt32() is >= 1000 and <= 1090 or 3000), InScope);
    }

    [Fact]
    public async Task A_long_id_with_control_characters_is_shortened_and_appears_once_in_a_line()
    {
        await using var server = await EgressServer.StartAsync(("LOG_LEVEL", "trace"));
        var before = server.Process.Log.Lines.Count;
        var id = "%1B%5B31m" + string.Concat(Enumerable.Repeat("long-id-", 7000 / 8));
        using (var answer = await server.Client.GetAsync($"/download/{id}", Token))
        {
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized, $"{answer.StatusCode}");
        }

        await server.Process.WaitForLineAsync("\"EventId\":1050", TimeSpan.FromMinutes(1));
        var lines = server.Process.Log.Lines.Skip(before).Where(static line => line.Contains("long-id-", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lines);
        Assert.InRange(lines.Sum(static line => line.Length), 100, 4000);
        Assert.All(lines, static line => Assert.Single(Regex.Matches(line, "(long-id-)+")));
        Assert.DoesNotContain(server.Process.Log.Lines, static line => line.Contains('\u001b', StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_a_breaker_is_open_a_refusal_is_one_short_line()
    {
        await using var observed = await ObservedServer.StartAsync(Token, ("CIRCUIT_BREAKER_TIMEOUT", "1h"));
        var link = await observed.CreateLinkAsync(null, "a.txt");
        observed.Storage.Answer(500);
        for (var failure = 0; failure < 3; failure++)
        {
            using (await observed.Server.Client.GetAsync(link, Token))
            {
            }
        }

        await observed.Server.Process.WaitForLineAsync("\"EventId\":3100", TimeSpan.FromMinutes(1));
        for (var refusal = 0; refusal < 50; refusal++)
        {
            using var answer = await observed.Server.Client.GetAsync(link, Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        var lines = await Eventually.UntilAsync(
            () => Task.FromResult(observed.Server.Process.Log.Lines.Where(static line => line.Contains("\"EventId\":1014", StringComparison.Ordinal)).ToList()),
            static lines => lines.Count == 50,
            "fifty refusals",
            static lines => $"{lines.Count}",
            Token);
        Assert.All(lines, static line =>
        {
            Assert.InRange(line.Length, 100, 700);
            Assert.False(JsonElement.Parse(line).TryGetProperty("Exception", out _));
        });
    }

    [Fact]
    public async Task Standard_output_is_nothing_but_JSON_with_a_time_and_an_access_line_for_each_download()
    {
        await using var server = await EgressServer.StartAsync();
        await server.PutAsync("b", "a.txt", Content.Make(1000, 1));
        var link = await server.CreateLinkAsync("b", "a.txt");
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        request.Headers.UserAgent.ParseAdd("the-agent/1.0");
        using (var answer = await server.Client.SendAsync(request, Token))
        {
            await answer.Content.ReadAsByteArrayAsync(Token);
        }

        var access = JsonElement.Parse(await server.Process.WaitForLineAsync("\"EventId\":1050", TimeSpan.FromMinutes(1)));
        var state = access.GetProperty("State");
        Assert.Equal(
            ("127.0.0.1", "the-agent/1.0", "completed"),
            (state.GetProperty("Client").GetString(), state.GetProperty("UserAgent").GetString(), state.GetProperty("Outcome").GetString()));
        Assert.InRange(state.GetProperty("Bytes").GetInt64(), 1000, 2000);
        Assert.Contains("\"DownloadId\":", access.GetProperty("Scopes").GetRawText(), StringComparison.Ordinal);
        Assert.All(server.Process.Log.Lines.Where(static line => line.StartsWith('{')), static line => Assert.EndsWith("Z", JsonElement.Parse(line).GetProperty("Timestamp").GetString(), StringComparison.Ordinal));
        Assert.DoesNotContain(server.Process.Log.Lines, static line => line.StartsWith('{') && line.Contains("signature=", StringComparison.Ordinal));
    }

    private static void InScope(JsonElement line)
    {
        var scopes = line.GetProperty("Scopes").GetRawText();
        Assert.Contains("\"RequestId\":\"the-request\"", scopes, StringComparison.Ordinal);
        Assert.Contains("\"DownloadId\":", scopes, StringComparison.Ordinal);
    }

    private static async Task<string> DatabaseAsync(PostgresServer database)
    {
        var url = await database.CreateDatabaseAsync(Token);
        await ExecuteAsync(url, "CREATE TABLE downloads (id text PRIMARY KEY, bucket text, objects jsonb NOT NULL, callback text, password text)");
        return url;
    }

    private static async Task ExecuteAsync(string url, string sql)
    {
        await using var source = NpgsqlDataSource.Create(PostgresServer.ConnectionString(url));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
