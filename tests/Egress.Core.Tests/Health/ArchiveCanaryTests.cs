using Egress.Health;
using Xunit;

namespace Egress.Core.Tests.Health;

/// <summary>Tests that the canary detects faults of the ZIP engine.</summary>
public sealed class ArchiveCanaryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_engine_works() => await new ArchiveCanary().CheckAsync(Token);

    [Theory]
    [InlineData(null)]
    [InlineData("canary")]
    public async Task A_wrong_byte_in_the_content_is_detected(string? broken)
    {
        var canary = new ArchiveCanary(async (password, token) =>
        {
            var archive = await ArchiveCanary.WriteAsync(password, token);
            if (password == broken)
            {
                archive[200] ^= 1; // in the content of the first entry
            }

            return archive;
        });
        await Assert.ThrowsAsync<InvalidDataException>(async () => await canary.CheckAsync(Token));
    }

    [Fact]
    public async Task A_wrong_checksum_in_the_directory_is_detected()
    {
        var canary = new ArchiveCanary(async (password, token) =>
        {
            var archive = await ArchiveCanary.WriteAsync(password, token);
            archive[archive.AsSpan().IndexOf("PK\u0001\u0002"u8) + 16] ^= 1; // APPNOTE 4.3.12
            return archive;
        });
        await Assert.ThrowsAsync<InvalidDataException>(async () => await canary.CheckAsync(Token));
    }

    [Fact]
    public async Task An_archive_without_its_end_is_detected()
    {
        var canary = new ArchiveCanary(async (password, token) => (await ArchiveCanary.WriteAsync(password, token))[..^30]);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await canary.CheckAsync(Token));
    }

    [Fact]
    public async Task Archives_that_should_be_encrypted_and_are_not_are_detected()
    {
        var canary = new ArchiveCanary((_, token) => ArchiveCanary.WriteAsync(null, token));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await canary.CheckAsync(Token));
    }
}
