using System.Globalization;
using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

/// <summary>
/// A table of cases, each with the requests to instances and the expected callbacks. Instances have capital letters. An archive has 100 units. <c>A
/// 0-</c> is a request for the whole archive to instance A, <c>A 0-13</c> a request for a range, and <c>A 0- broken 50</c> breaks off at unit 50.
/// </summary>
public sealed class DeliveryCasesTests
{
    public static TheoryData<string, string[], string[]> Cases => new()
    {
        { "the whole in one", ["A 0-"], ["completed"] },
        { "broken and resumed", ["A 0- broken 50", "B 50-"], ["completed resumed"] },
        { "broken, resumed with an overlap, and broken again", ["A 0- broken 50", "B 40- broken 70", "A 60-"], ["completed resumed"] },
        { "broken and restarted", ["A 0- broken 50", "B 0-", "wait 120"], ["completed"] },
        {
            "eight parts over two instances",
            ["A 0-13", "B 13-25", "A 25-38", "B 38-50", "A 50-63", "B 63-75", "A 75-88", "B 88-100"],
            ["completed resumed"]
        },
        { "parts in any order, long ones", ["A 70-100", "B 0-40", "A 40-70"], ["completed resumed"] },
        { "overlapping ranges", ["A 0-60", "B 40-100"], ["completed resumed"] },
        { "the whole in one range, as caches request small archives", ["A 0-100"], ["completed resumed"] },
        { "the first part of a whole request, and the rest in parts", ["A start one 0-", "B 50-75", "B 75-100", "A break one 50"], ["completed resumed"] },
        { "probes only", ["A 0-1", "A 99-100", "A 40-41", "wait 120"], [] },
        { "single pieces", ["A 0-10", "B 30-40", "A 90-100", "wait 120"], [] },
        { "the end only, which today's build took for the whole", ["A 60-100", "wait 120"], [] },
        { "parts that never come", ["A 0-13", "B 13-25", "A 25-38", "B 38-50", "A 50-63", "wait 120"], ["failed client_disconnected"] },
        { "parts that broke", ["A 0-50 broken 10 StorageError", "A 50-100 broken 60", "wait 120"], ["failed client_disconnected"] },
        { "begun and given up", ["A 0- broken 30", "wait 120"], ["failed client_disconnected"] },
        { "each request opens the window again", ["A 0- broken 30", "wait 50", "A 30- broken 60", "wait 50", "A 60-"], ["completed resumed"] },
        { "the last reason counts", ["A 0- broken 30", "B 30- broken 60 StorageError", "wait 120"], ["failed storage_error"] },
        { "all but the last byte", ["A 0- broken 100", "wait 120"], ["failed client_disconnected"] },
        { "what comes after a reported failure is not reported", ["A 0- broken 50", "wait 120", "A 50-", "wait 120"], ["failed client_disconnected"] },
        { "slices that are requested again are not reported", ["A 0-50", "A 50-100", "B 0-50", "B 50-100", "wait 120"], ["completed resumed"] },
        { "the whole again is a new download", ["A 0-", "B 0-"], ["completed", "completed"] },
        { "the whole again after a failure", ["A 0- broken 50", "wait 120", "A 0-"], ["failed client_disconnected", "completed"] },
        { "two at the same time", ["A start one 0-", "B start two 0-", "A end one", "B end two", "wait 120"], ["completed", "completed"] },
        { "two at the same time, one gives up", ["A start one 0-", "B start two 0-", "A end one", "B break two 50", "wait 120"], ["completed"] },
        { "another archive in between", ["A 0- broken 50", "changed", "A 50-", "A 0-", "wait 120"], ["completed", "failed client_disconnected"] },
        { "longer than the window", ["A start one 0-", "wait 180", "A end one", "wait 120"], ["completed"] },
        { "a part longer than the window", ["A 0-50", "B start two 50-100", "wait 180", "B end two", "wait 120"], ["completed resumed"] },
        { "killed, and never resumed", ["A start one 0-", "A sent one 30", "kill A", "wait 120"], ["failed interrupted"] },
        { "killed, and resumed where the client was", ["A start one 0-", "A sent one 30", "kill A", "B 45-", "wait 120"], ["completed resumed"] },
        {
            "killed twice, and resumed each time",
            ["A start one 0-", "kill A", "B start two 20-", "kill B", "C 70-", "wait 120"],
            ["completed resumed"]
        },
        { "killed, resumed, and given up", ["A start one 0-", "kill A", "B 45- broken 70", "wait 120"], ["failed interrupted"] },
        {
            "killed while other parts ran",
            ["A start one 0-", "A sent one 10", "A start two 50-100", "A end two", "kill A", "wait 120"],
            ["failed interrupted"]
        },
        {
            "killed long after a part ran on another instance",
            ["A start one 0-", "A sent one 10", "B 50-", "wait 10", "kill A", "wait 120"],
            ["failed interrupted"]
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_callback_is_reported_once_and_truly(string name, string[] steps, string[] reported)
    {
        await using var fixture = new DeliveryFixture();
        _ = fixture["Z"]; // this instance is still running at the end, and sweeps
        foreach (var step in steps)
        {
            await RunAsync(fixture, step.Split(' '));
        }

        Assert.True(reported.SequenceEqual(fixture.Reported), $"{name}: {string.Join(", ", fixture.Reported)}");

        // Nothing is reported later or a second time, and no delivery stays in the store.
        await fixture.WaitAsync(TimeSpan.FromDays(8));
        Assert.Equal(reported, fixture.Reported);
        Assert.Equal(reported.Length, fixture.Queue.Messages.Count);
        Assert.Equal(0, fixture.Queue.Leases);
        Assert.Empty(fixture.Store.Rows);
    }

    [Fact]
    public async Task A_failure_is_reported_after_the_window_and_not_before()
    {
        await using var fixture = new DeliveryFixture();
        await RunAsync(fixture, ["A", "0-", "broken", "30"]);
        await fixture.WaitAsync(TimeSpan.FromMinutes(59));
        Assert.Empty(fixture.Reported);
        await fixture.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["failed client_disconnected"], fixture.Reported);
    }

    private static async Task RunAsync(DeliveryFixture fixture, string[] step)
    {
        switch (step)
        {
            case ["wait", var minutes]:
                await fixture.WaitAsync(TimeSpan.FromMinutes(Number(minutes)));
                break;
            case ["changed"]:
                fixture.ETag = "\"two\"";
                break;
            case ["kill", var instance]:
                await fixture[instance].DieAsync();
                break;
            case [var instance, "start", var response, var range]:
                await StartAsync(fixture, instance, response, range);
                break;
            case [var instance, "sent", var response, var to]:
                fixture[instance].Sent(response, Number(to));
                break;
            case [var instance, "end", var response]:
                await fixture[instance].EndAsync(response);
                break;
            case [var instance, "break", var response, var at]:
                await fixture[instance].EndAsync(response, Number(at));
                break;
            case [var instance, var range]:
                await StartAsync(fixture, instance, "one", range);
                await fixture[instance].EndAsync("one");
                break;
            case [var instance, var range, "broken", var at, .. var reason]:
                await StartAsync(fixture, instance, "one", range);
                await fixture[instance].EndAsync("one", Number(at), reason is [var named] ? Enum.Parse<FailureReason>(named) : FailureReason.ClientDisconnected);
                break;
            default:
                throw new ArgumentException(string.Join(' ', step));
        }
    }

    private static Task StartAsync(DeliveryFixture fixture, string instance, string response, string range)
    {
        var ends = range.Split('-');
        return fixture[instance].StartAsync(response, Number(ends[0]), ends[1].Length == 0 ? null : Number(ends[1]), fixture.ETag);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
