using System.IO.Pipelines;
using Egress.Downloads;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads;

public sealed class ClientOutputTests
{
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
