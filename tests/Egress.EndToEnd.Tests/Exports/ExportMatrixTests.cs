using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Egress.EndToEnd.Tests.Matrix;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.Exports;

/// <summary>Tests exports with every kind of record store, and to every storage over a network.</summary>
public sealed class ExportMatrixTests
{
    private const string Key = "admin-secret-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("postgres", "s3")]
    [InlineData("mariadb", "azure")]
    [InlineData("redis", "s3")]
    public async Task The_link_to_an_export_downloads_what_Egress_streams(string records, string storage)
    {
        await using var folder = new TempFolder();
        (string, string?)[] settings =
        [
            .. await RecordSeeds.StoreAsync(records, folder.Path, Token),
            .. await StorageSeeds.StoreAsync(storage, folder.Path, Token),
            ("COMPRESSION_LEVEL", "0"), ("ADMIN_API_KEY", Key), ("EXPORT_BUCKETS", FixtureRecord.Bucket),
        ];
        await using var server = await EgressServer.StartAsync(settings);
        server.Client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        var key = $"exports/{records} {Guid.NewGuid():N}.zip";

        using var accepted = await server.Client.PostAsJsonAsync("/exports", new { id = "test-all", key }, Token);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var state = await Eventually.UntilAsync(
            () => server.Client.GetFromJsonAsync<JsonElement>(accepted.Headers.Location, Token),
            static state => state.GetProperty("state").GetString() is not ("queued" or "running"),
            "the export ends", static state => state.ToString(), Token);

        Assert.Equal(("completed", 1), (state.GetProperty("state").GetString(), state.GetProperty("parts").GetInt32()));
        using var anybody = new HttpClient();
        Assert.Equal(
            await server.Client.GetByteArrayAsync("/test-all", Token),
            await anybody.GetByteArrayAsync(state.GetProperty("url").GetString(), Token));
    }

    [Theory]
    [InlineData("local", "s3")]
    [InlineData("s3", "azure")]
    [InlineData("azure", "local")]
    public async Task The_storage_of_exports_may_be_another_one(string source, string destination)
    {
        await using var folder = new TempFolder();
        var other = Directory.CreateDirectory(Path.Combine(folder.Path, "other")).FullName;
        (string, string?)[] settings =
        [
            .. await RecordSeeds.StoreAsync("sqlite", folder.Path, Token),
            .. await StorageSeeds.StoreAsync(source, folder.Path, Token),
            .. (await StorageSeeds.StoreAsync(destination, other, Token)).Select(static setting => ($"EXPORT_{setting.Item1}", setting.Item2)),
            ("COMPRESSION_LEVEL", "0"), ("ADMIN_API_KEY", Key), ("EXPORT_BUCKETS", FixtureRecord.Bucket),
        ];
        await using var server = await EgressServer.StartAsync(settings);
        server.Client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        var key = $"exports/{source} {Guid.NewGuid():N}.zip";

        using var accepted = await server.Client.PostAsJsonAsync("/exports", new { id = "test-all", key }, Token);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var state = await Eventually.UntilAsync(
            () => server.Client.GetFromJsonAsync<JsonElement>(accepted.Headers.Location, Token),
            static state => state.GetProperty("state").GetString() is not ("queued" or "running"),
            "the export ends", static state => state.ToString(), Token);

        Assert.Equal("completed", state.GetProperty("state").GetString());
        using var anybody = new HttpClient();
        var exported = destination == "local"
            ? await File.ReadAllBytesAsync(Path.Combine(other, "files", FixtureRecord.Bucket, key), Token)
            : await anybody.GetByteArrayAsync(state.GetProperty("url").GetString(), Token);
        Assert.Equal(await server.Client.GetByteArrayAsync("/test-all", Token), exported);

        using var again = await server.Client.PostAsJsonAsync("/exports", new { id = "test-all", key }, Token);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }
}
