using Egress.Downloads;
using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http;

public sealed class DisconnectVerdictTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DownloadGate _gate = new(new DownloadOptions());
    private readonly DefaultHttpContext _context = new();

    [Fact]
    public async Task A_shutdown_that_follows_is_the_reason()
    {
        var function = UnderFunctionsHost();
        var settling = SettleAsync(FailureReason.ClientDisconnected);
        Assert.True(function.Released.IsCompleted);
        _time.Advance(DisconnectVerdict.Grace - TimeSpan.FromMilliseconds(1));
        Assert.False(settling.IsCompleted);

        _gate.Interrupt();

        Assert.Equal(FailureReason.Interrupted, (await settling).Reason);
    }

    [Fact]
    public async Task A_client_that_disconnects_by_itself_stays_the_reason()
    {
        var function = UnderFunctionsHost();
        var settling = SettleAsync(FailureReason.ClientDisconnected);
        _time.Advance(DisconnectVerdict.Grace);

        Assert.Equal(FailureReason.ClientDisconnected, (await settling).Reason);
        Assert.Equal(DisconnectVerdict.Grace, _time.GetElapsedTime(function.ReleasedAt!.Value));
    }

    [Fact]
    public async Task A_client_that_disconnects_after_the_message_to_stop_was_disconnected_by_the_host()
    {
        UnderFunctionsHost();
        _gate.Interrupt();
        Assert.Equal(FailureReason.Interrupted, (await SettleAsync(FailureReason.ClientDisconnected)).Reason);
    }

    [Fact]
    public async Task Every_other_reason_is_final_and_its_function_does_not_return_early()
    {
        var function = UnderFunctionsHost();
        foreach (var reason in Enum.GetValues<FailureReason>().Where(static reason => reason != FailureReason.ClientDisconnected))
        {
            var settling = SettleAsync(reason);
            Assert.True(settling.IsCompletedSuccessfully);
            Assert.Equal(reason, (await settling).Reason);
        }

        Assert.False(function.Released.IsCompleted);
    }

    [Fact]
    public async Task The_plain_server_does_not_wait()
    {
        var settling = SettleAsync(FailureReason.ClientDisconnected);
        Assert.True(settling.IsCompletedSuccessfully);
        Assert.Equal(FailureReason.ClientDisconnected, (await settling).Reason);
    }

    private FunctionRelease UnderFunctionsHost()
    {
        var function = new FunctionRelease(_time);
        _context.Features.Set(function);
        return function;
    }

    private Task<DownloadOutcome> SettleAsync(FailureReason reason) => new DisconnectVerdict(_gate, _time).SettleAsync(
        _context,
        new DownloadOutcome(reason == FailureReason.None ? DownloadStatus.Completed : DownloadStatus.Failed, reason)
        {
            FilesRequested = 1,
            FilesSucceeded = 0,
            SourceBytes = 0,
            ArchiveBytes = 0,
            Duration = TimeSpan.Zero,
        });
}
