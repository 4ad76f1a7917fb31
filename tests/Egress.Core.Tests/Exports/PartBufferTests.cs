using System.Buffers;
using Egress.Core.Tests.Downloads;
using Egress.Exports.Building;
using Egress.Limits;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests how bytes are collected into parts.</summary>
public sealed class PartBufferTests
{
    private readonly MemoryUploads _uploads = new(new ScriptedStorage(), static () => { });
    private readonly List<(int Number, long Length)> _parts = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<(PartBuffer Buffer, ObjectUpload Upload)> BeginAsync(int partSize)
    {
        var upload = await _uploads.BeginAsync(new ObjectLocation("exports", "out.zip"), Token);
        return (new PartBuffer(_uploads, upload, new PartPlace(1, 0), new PartMemory(1, partSize, partSize, new BufferBudget(0)).TakeApart(partSize), AddAsync, null), upload);

        Task AddAsync(UploadedPart part, long length)
        {
            _parts.Add((part.Number, length));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Any_writes_give_the_same_bytes_in_full_parts()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var content = new byte[random.Next(1, 5000)];
            random.NextBytes(content);
            var partSize = random.Next(1, 1500);
            _parts.Clear();
            var (buffer, upload) = await BeginAsync(partSize);
            using (buffer)
            {
                for (var from = 0; from < content.Length;)
                {
                    var hint = random.Next(0, 700);
                    var room = buffer.GetMemory(hint);
                    Assert.True(room.Length >= Math.Max(hint, 1));
                    var length = Math.Min(random.Next(0, room.Length + 1), content.Length - from);
                    content.AsSpan(from, length).CopyTo(room.Span);
                    buffer.Advance(length);
                    from += length;
                    Assert.Equal(from, buffer.End);
                    if (random.Next(3) == 0)
                    {
                        await buffer.FlushAsync(Token);
                    }
                }

                await buffer.EndAsync(Token);
            }

            await _uploads.CompleteAsync(upload, [.. _parts.Select(static part => new UploadedPart(part.Number, $"tag {part.Number}"))], true, Token);
            Assert.Equal(content, _uploads.Objects["out.zip"]);
            Assert.All(_parts.SkipLast(1), part => Assert.Equal(partSize, part.Length));
        }
    }

    [Fact]
    public async Task Content_is_written_directly_into_the_memory_of_the_part()
    {
        var (buffer, _) = await BeginAsync(1000);
        using (buffer)
        {
            buffer.Write(new byte[300]);
            Assert.Equal(700, buffer.GetMemory(1).Length);
            Assert.Empty(_parts);
        }
    }

    [Fact]
    public async Task A_buffer_that_is_not_ended_uploads_nothing()
    {
        var (buffer, _) = await BeginAsync(10);
        buffer.Write(new byte[10]);
        await buffer.FlushAsync(Token);
        await buffer.CompleteAsync();
        buffer.Dispose();
        Assert.Empty(_parts);
    }
}
