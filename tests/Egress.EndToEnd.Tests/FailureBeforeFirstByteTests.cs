using System.IO.Hashing;
using System.Text.Json;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Tests that every failure before the client's first byte gets a status, and that the metrics count this status.</summary>
public sealed class FailureBeforeFirstByteTests
{
    private static readonly byte[] Object = Content.Make(1400, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failure_in_the_first_piece_gets_a_status_on_a_disk()
    {
        await using var records = new LocalBackends();
        await using var server = await EgressServer.StartAsync([.. records.Settings.Select(setting => (setting.Key, (string?)setting.Value))]);
        await AssertStatusesAsync(
            server, (key, content) => records.PutAsync(key, content), async items => records.Link(await records.AddAsync(null, null, [.. items])));
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azure")]
    public async Task A_failure_in_the_first_piece_gets_a_status_on_a_remote_storage(string storage)
    {
        await using var remote = await RemoteServer.StartAsync(storage);
        await AssertStatusesAsync(remote.Server, remote.PutAsync, items => remote.AddAsync(items));
    }

    private static async Task AssertStatusesAsync(
        EgressServer server, Func<string, byte[], Task> put, Func<ObjectItem[], Task<string>> add)
    {
        foreach (var extension in new[] { "txt", "jpg" }) // one compressed and one stored object
        {
            var (good, bad, gone) = ($"good.{extension}", $"bad.{extension}", $"gone.{extension}");
            await put(good, Object);
            await put(bad, Object);
            foreach (var (items, status, code) in new (ObjectItem[], int, string)[]
            {
                ([new(bad) { Size = Object.Length, Crc32 = 0xDEADBEEF }], 502, "file-changed"),
                ([new(good), new(bad) { Crc32 = 0xDEADBEEF }], 502, "file-changed"),
                ([new(good), new(bad) { Size = Object.Length - 1 }], 502, "file-changed"),
                ([new(good), new(bad) { Size = Object.Length + 1 }], 502, "file-changed"),
                ([new(gone) { Size = Object.Length }], 404, "file-missing"),
                ([new(good), new(gone) { Size = Object.Length, Crc32 = Crc32.HashToUInt32(Object) }], 404, "file-missing"),
            })
            {
                await AssertStatusAsync(server, await add(items), status, code);
            }
        }
    }

    private static async Task AssertStatusAsync(EgressServer server, string link, int status, string code)
    {
        var counted = $"egress_requests_total{{status=\"{status}\"}}";
        var before = await Scrape.ReadAsync(server.Client, Token);
        using var answer = await server.Client.GetAsync(link, Token);
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal($"urn:egress:problem:{code}", JsonDocument.Parse(body).RootElement.GetProperty("type").GetString());
        Assert.False(answer.Headers.Contains("ETag"));

        var after = await Scrape.UntilAsync(server.Client, counted, before.GetValueOrDefault(counted) + 1, Token);
        Assert.DoesNotContain(Scrape.Change(before, after).Keys, series => series.StartsWith("egress_downloads_total", StringComparison.Ordinal));
    }
}
