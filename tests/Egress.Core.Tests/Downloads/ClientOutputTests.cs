using System.IO.Pipelines;
using Egress.Downloads;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads;

public sealed class ClientOutputTests
{
    private const int Piece = 128 << 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_is_always_ready_leaves_turns_to_others()
    {
        using var watch = new TransferWatch(new DownloadOptions(), new FakeTimeProvider(), Token);
        var output = new ClientOutput(PipeWriter.Create(Stream.Null), watch);

        // One after the other: what yields here cannot go on before this turn is over.
        var turns = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        for (var round = 0; round < 2; round++)
        {
            await Task.Factory.StartNew(() => TakeTurnAsync(output), Token, TaskCreationOptions.None, turns).Unwrap();
        }
    }

    [Fact]
    public async Task A_fast_client_gets_larger_pieces_until_it_is_waited_for()
    {
        using var watch = new TransferWatch(new DownloadOptions(), new FakeTimeProvider(), Token);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: Piece, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var output = new ClientOutput(pipe.Writer, watch);
        for (var flush = 0; flush < ClientOutput.FewestOfFast; flush++)
        {
            Assert.InRange(output.GetMemory(Piece).Length, Piece, 2 * Piece - 1);
            output.Advance(1);
            await output.FlushAsync(Token);
            pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync(Token)).Buffer.End);
        }

        Assert.InRange(output.GetMemory(Piece).Length, 2 * Piece, int.MaxValue);
        output.Advance(Piece + 1);
        Assert.InRange(output.GetMemory(1).Length, Piece - 1, 2 * Piece - 1);

        var waiting = output.FlushAsync(Token).AsTask();
        Assert.False(waiting.IsCompleted);
        pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync(Token)).Buffer.End);
        await waiting;
        Assert.InRange(output.GetMemory(Piece).Length, Piece, 2 * Piece - 1);
    }

    private static Task<FlushResult> TakeTurnAsync(ClientOutput output)
    {
        for (var flush = 1; flush < ClientOutput.MostInARow; flush++)
        {
            Assert.True(output.FlushAsync(Token).AsTask().IsCompletedSuccessfully);
        }

        var last = output.FlushAsync(Token).AsTask();
        Assert.False(last.IsCompleted);
        return last;
    }
}
