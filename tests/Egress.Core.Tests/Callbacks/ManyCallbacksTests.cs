using Egress.Callbacks;
using Egress.Core.Tests.Callbacks.Delivery;
using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Callbacks;

public sealed class ManyCallbacksTests
{
    private const int Downloads = 1000;

    [Fact]
    public async Task A_thousand_downloads_and_a_receiver_that_fails_half_of_the_time()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var fixture = new CallbackFixture(new CallbackOptions { MaxRetries = 60, Timeout = TimeSpan.FromDays(1), RetryDelay = TimeSpan.FromSeconds(1) });
        fixture.Receiver.Answer = number => ScriptedReceiver.Status(number % 2 == 0 ? 200 : 500);

        for (var i = 0; i < Downloads; i++)
        {
            await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan($"record-{i}"), $"request-{i}", Interrupted);
            if (i % 3 != 2)
            {
                await callback!.EndAsync(OutcomeOf(i));
            }
        }

        // A third of the processes died, so their leases expire.
        await fixture.RunUntilAsync(() => fixture.Logged(4000) == Downloads, cancellationToken, stepSeconds: 5);

        var received = fixture.Receiver.Received.ToList();
        var delivered = received.Where(callback => callback.Answered == 200).Select(callback => CallbackPayload.Read(callback.Body)).ToList();
        Assert.Equal(Downloads, delivered.Select(payload => payload.Id).Distinct().Count());
        Assert.All(delivered, payload => Assert.Equal(Expected(int.Parse(payload.Id.Split('-')[1], provider: null)), (payload.Status, payload.Reason)));
        Assert.All(received.GroupBy(callback => callback.Id), same => Assert.Single(same.Select(callback => callback.Body).Distinct()));
        Assert.Contains(received, callback => callback.Answered == 500);
        Assert.Equal(0, fixture.Logged(4002));
    }

    private static DownloadOutcome Interrupted() => CallbackPayloadTests.Outcome(DownloadStatus.Failed, FailureReason.Interrupted, 0);

    private static DownloadOutcome OutcomeOf(int index) => index % 3 == 0
        ? CallbackPayloadTests.Outcome(DownloadStatus.Completed)
        : CallbackPayloadTests.Outcome(DownloadStatus.Failed, FailureReason.ClientDisconnected);

    private static (string Status, string? Reason) Expected(int index) => (index % 3) switch
    {
        0 => ("completed", null),
        1 => ("failed", "client_disconnected"),
        _ => ("failed", "interrupted"),
    };
}
