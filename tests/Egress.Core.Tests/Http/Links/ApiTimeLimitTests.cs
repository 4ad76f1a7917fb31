using Egress.Downloads;
using Egress.Http.Api;
using Egress.Http.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Links;

public sealed class ApiTimeLimitTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_request_that_takes_too_long_gets_an_answer_that_says_so()
    {
        var running = RunAsync(new DefaultHttpContext(), TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Same(ProblemTable.RequestTimedOut, await running);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disconnected_client_and_a_stopping_host_get_no_answer(bool isClient)
    {
        using var end = new CancellationTokenSource();
        var running = RunAsync(new DefaultHttpContext { RequestAborted = isClient ? end.Token : CancellationToken.None }, isClient ? CancellationToken.None : end.Token);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private Task<Problem?> RunAsync(HttpContext context, CancellationToken hostStopping) => ApiTimeLimit.RunAsync(
        context, new DownloadOptions { RequestTimeout = TimeSpan.FromSeconds(5) }, _time,
        async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        },
        hostStopping);
}
