using System.IO.Pipelines;
using Egress.Downloads;
using Egress.Downloads.Streaming;
using Egress.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

[Collection(nameof(NonParallel))]
public sealed class ClientOutputTests
{
    private const int Piece = 128 << 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_is_always_ready_yields_to_queued_work()
    {
        using var watch = new DownloadLifetime(new DownloadOptions(), new FakeTimeProvider(), Token);
        var output = new ClientOutput(PipeWriter.Create(Stream.Null), watch);
        output.Release();
        using var over = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out var threads, out _);
        var others = Enumerable.Range(0, Math.Max(threads, ThreadPool.ThreadCount) + 100).Select(_ => BehindOthersAsync(() => over.Wait(Token))).ToArray();
        try
        {
            var turn = FlushInARow(output);
            Assert.False(turn[^1].IsCompleted);
            Assert.All(turn.SkipLast(1), flush => Assert.True(flush.IsCompletedSuccessfully));
            over.Set();
            await turn[^1];
        }
        finally
        {
            over.Set();
            await Task.WhenAll(others);
        }

        await Eventually.UntilAsync(
            () => Task.FromResult(FlushInARow(output).All(flush => flush.IsCompletedSuccessfully)), "a turn for which no other work waits", Token);
    }

    [Fact]
    public async Task A_fast_client_gets_larger_pieces_until_the_download_has_to_wait()
    {
        using var watch = new DownloadLifetime(new DownloadOptions(), new FakeTimeProvider(), Token);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: Piece, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var output = new ClientOutput(pipe.Writer, watch);
        output.Release();
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

    private static Task BehindOthersAsync(Action work) =>
        Task.Factory.StartNew(work, Token, TaskCreationOptions.PreferFairness, TaskScheduler.Default);

    private static Task<FlushResult>[] FlushInARow(ClientOutput output) =>
        [.. Enumerable.Range(0, ClientOutput.MostInARow).Select(_ => output.FlushAsync(Token).AsTask())];
}
