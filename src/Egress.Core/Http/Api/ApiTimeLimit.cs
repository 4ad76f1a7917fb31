using Egress.Downloads;
using Egress.Http.Responses;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Api;

/// <summary>Limits the time of a request to the API, which includes reading the body, looking up objects, and the database.</summary>
internal static class ApiTimeLimit
{
    /// <summary>Runs a handler within <c>REQUEST_TIMEOUT</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="downloads">The options with the time limit.</param>
    /// <param name="time">The clock.</param>
    /// <param name="answer">The handler. It answers the request and returns null, or returns the problem.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    /// <returns>The problem for the client; null if the request was answered.</returns>
    public static async Task<Problem?> RunAsync(
        HttpContext context, DownloadOptions downloads, TimeProvider time, Func<CancellationToken, Task<Problem?>> answer, CancellationToken hostStopping)
    {
        using var limit = new CancellationTokenSource(downloads.RequestTimeout > TimeSpan.Zero ? downloads.RequestTimeout : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted, hostStopping);
        try
        {
            return await answer(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            return ProblemTable.RequestTimedOut;
        }
    }
}
