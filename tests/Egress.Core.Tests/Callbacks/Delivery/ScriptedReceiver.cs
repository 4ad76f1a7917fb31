using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Egress.Core.Tests.Callbacks.Delivery;

/// <summary>Answers callbacks in place of a network, and records them.</summary>
internal sealed class ScriptedReceiver(TimeProvider time) : HttpMessageHandler
{
    private int _count;

    /// <summary>Returns the response to the n-th callback, counted from 1.</summary>
    public Func<int, HttpResponseMessage> Answer { get; set; } = static _ => new HttpResponseMessage(HttpStatusCode.OK);

    public ConcurrentQueue<ReceivedCallback> Received { get; } = [];

    public static HttpResponseMessage Status(int status) => new((HttpStatusCode)status);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? values.Single() : null;
        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        var answer = Answer(Interlocked.Increment(ref _count));
        Received.Enqueue(new ReceivedCallback(
            request.RequestUri!, Header("webhook-id")!, long.Parse(Header("webhook-timestamp")!, CultureInfo.InvariantCulture),
            Header("webhook-signature"), request.Headers.Authorization?.ToString(), body, (int)answer.StatusCode, time.GetUtcNow()));
        return answer;
    }
}

internal sealed record ReceivedCallback(
    Uri Url, string Id, long Timestamp, string? Signature, string? Authorization, string Body, int Answered, DateTimeOffset At);
