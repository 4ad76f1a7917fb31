using System.Buffers.Binary;
using Egress.Downloads;
using Egress.Records;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

public sealed class ManyEncryptedTests
{
    private const int Count = 10_000;

    /// <summary>Tests the order in place of a time limit: the first bytes are sent before more keys are derived than are looked ahead.</summary>
    [Fact]
    public async Task Ten_thousand_encrypted_entries_begin_at_once_and_never_repeat_a_salt()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { CompressionLevel = 0, AllowPasswordProtected = true } };
        fixture.Put(("a.bin", new byte[4096]));
        fixture.Record = new DownloadRecord
        {
            Id = "id",
            Bucket = "b",
            Password = "secret",
            Objects = [.. Enumerable.Range(0, Count).Select(i => new ObjectItem("a.bin") { Name = $"{i:d5}" })],
        };
        var client = new OpenedAtFirstByte(fixture);
        var (_, outcome) = await fixture.DownloadAsync(target: client);
        Assert.Equal((DownloadStatus.Completed, Count), (outcome.Status, outcome.FilesSucceeded));
        Assert.InRange(client.Opened, 1, 100);
        Assert.Equal((await fixture.PlanAsync()).Layout.Length, client.Length);

        var bytes = client.ToArray();
        var salts = new HashSet<UInt128>();
        for (var offset = 0; salts.Count < Count; offset += 30 + 5 + 11 + 4096 + 28)
        {
            Assert.True(salts.Add(BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(offset + 30 + 5 + 11))), $"at {offset}");
        }
    }

    private sealed class OpenedAtFirstByte(DownloadFixture fixture) : MemoryStream
    {
        public int Opened { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Opened = Opened == 0 ? fixture.Storage.Opened.Count : Opened;
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
