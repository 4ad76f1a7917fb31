using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Downloads;

public sealed class DownloadGateTests
{
    [Fact]
    public void Another_download_may_begin_when_the_client_has_everything_and_a_shutdown_waits_for_the_report()
    {
        var gate = new DownloadGate(new DownloadOptions { MaxActiveDownloads = 1 });
        var isDrained = false;
        gate.Drained += () => isDrained = true;
        Assert.Null(gate.TryEnter(out var first));
        first!.EndSending();
        Assert.Null(gate.TryEnter(out var second));
        gate.Drain();
        second!.Dispose();
        Assert.Equal((1, false), (gate.Active, isDrained));
        first.Dispose();
        Assert.Equal((0, true), (gate.Active, isDrained));
    }

    [Fact]
    public void Downloads_are_limited_and_slots_are_released_once()
    {
        var gate = new DownloadGate(new DownloadOptions { MaxActiveDownloads = 2 });
        Assert.Null(gate.TryEnter(out var first));
        Assert.Null(gate.TryEnter(out var second));
        var refused = gate.TryEnter(out var third);
        Assert.Equal(RejectionReason.AtCapacity, refused?.Reason);
        Assert.NotNull(refused?.RetryAfter);
        Assert.Null(third);

        first!.Dispose();
        first.Dispose();
        Assert.Equal(1, gate.Active);
        Assert.Null(gate.TryEnter(out var again));
        second!.Dispose();
        again!.Dispose();
        Assert.Equal(0, gate.Active);
    }

    [Fact]
    public void Short_ranges_take_parts_of_a_slot_and_a_long_one_takes_the_rest()
    {
        var gate = new DownloadGate(new DownloadOptions { MaxActiveDownloads = 1 });
        var slices = new List<DownloadSlot>();
        for (var i = 0; i < 4; i++)
        {
            Assert.Null(gate.TryEnter(out var slice, weight: 4));
            slices.Add(slice!);
        }

        Assert.Equal(4, gate.Active);
        Assert.Equal(RejectionReason.AtCapacity, gate.TryEnter(out _, weight: 1)?.Reason);
        Assert.Equal(RejectionReason.AtCapacity, gate.TryEnterWhole(slices[0], 4)?.Reason);
        slices.Skip(1).ToList().ForEach(static slice => slice.Dispose());
        Assert.Null(gate.TryEnterWhole(slices[0], 4));
        Assert.Equal(RejectionReason.AtCapacity, gate.TryEnter(out _, weight: 1)?.Reason);
        slices[0].Dispose();
        Assert.Equal(0, gate.Active);
        Assert.Null(gate.TryEnter(out _));
    }

    [Fact]
    public void Zero_is_unlimited()
    {
        var gate = new DownloadGate(new DownloadOptions());
        for (var i = 1; i <= 1000; i++)
        {
            Assert.Null(gate.TryEnter(out _));
        }

        Assert.Equal(1000, gate.Active);
    }

    [Fact]
    public void Draining_refuses_new_downloads_and_does_not_end_running_ones()
    {
        var gate = new DownloadGate(new DownloadOptions());
        gate.TryEnter(out var running);
        var drained = 0;
        gate.Drained += () => drained++;
        gate.Drain();
        Assert.Equal(RejectionReason.Draining, gate.TryEnter(out _)?.Reason);
        Assert.Equal(1, gate.Active);
        Assert.False(gate.Interrupted.IsCancellationRequested);
        gate.Interrupt();
        Assert.True(gate.Interrupted.IsCancellationRequested);
        Assert.Equal(0, drained);
        running!.Dispose();
        Assert.Equal((0, 1), (gate.Active, drained));
    }
}
