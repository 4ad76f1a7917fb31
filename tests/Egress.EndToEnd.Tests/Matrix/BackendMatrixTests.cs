using System.IO.Compression;
using System.Net;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.EndToEnd.Tests.Matrix;

/// <summary>Tests the fixture records of zipperfly in every combination of record store and storage.</summary>
public sealed class BackendMatrixTests
{
    public static MatrixTheoryData<string, string> Combinations { get; } = new(["postgres", "mariadb", "redis", "sqlite"], ["local", "s3", "azure"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_fixture_records_of_zipperfly_work(string records, string storage)
    {
        await using var folder = new TempFolder();
        (string, string?)[] settings =
        [
            .. await RecordSeeds.StoreAsync(records, folder.Path, Token),
            .. await StorageSeeds.StoreAsync(storage, folder.Path, Token),
            ("ALLOW_PASSWORD_PROTECTED", "true"),
        ];
        await using var server = await EgressServer.StartAsync(settings);

        foreach (var record in FixtureRecord.All.Where(record => record.Id is "test-basic" or "test-multi" or "test-all" or "test-headers"))
        {
            using var answer = await server.Client.GetAsync($"/{record.Id}", Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal($"attachment; filename=\"{record.Name}.zip\"", answer.Content.Headers.GetValues("Content-Disposition").Single());
            Assert.Equal(record.CustomHeaders is not null, answer.Headers.TryGetValues("X-Custom-Header", out var custom) && custom.Single() == "test-value");
            AssertHolds(await answer.Content.ReadAsByteArrayAsync(Token), record.Objects);
        }

        using var missing = await server.Client.GetAsync("/test-missing", Token);
        using var unknown = await server.Client.GetAsync("/test-unknown", Token);
        using var otherCase = await server.Client.GetAsync("/TEST-BASIC", Token);
        Assert.Equal((404, 404, 404), ((int)missing.StatusCode, (int)unknown.StatusCode, (int)otherCase.StatusCode));

        var encrypted = folder["encrypted.zip"];
        await File.WriteAllBytesAsync(encrypted, await server.Client.GetByteArrayAsync("/test-password", Token), Token);
        await ZipReaders.SharpZipLib.TestAsync(encrypted, "secret123", Token);
        await Assert.ThrowsAsync<ArchiveRefusedException>(() => ZipReaders.SharpZipLib.TestAsync(encrypted, "wrong", Token));
    }

    private static void AssertHolds(byte[] archive, string[] keys)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        Assert.Equal(keys, zip.Entries.Select(entry => entry.FullName));
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
            {
                stream.CopyTo(content);
            }

            Assert.Equal(FixtureRecord.Files[entry.FullName], content.ToArray());
        }
    }
}
