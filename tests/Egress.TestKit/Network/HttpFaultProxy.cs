using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Egress.TestKit.Network;

/// <summary>
/// An HTTP/1.1 proxy on a loopback port that records requests and makes selected ones fail. It forwards requests and responses unchanged except for
/// <c>Connection: close</c>. Each connection carries one request, so that a fault affects exactly the selected request.
/// </summary>
public sealed class HttpFaultProxy : LoopbackProxy
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];
    private readonly ConcurrentQueue<HttpHead> _requests = [];

    /// <summary>Starts forwarding.</summary>
    /// <param name="targetPort">Port of the server behind the proxy.</param>
    /// <param name="targetHost">Host name of the server behind the proxy.</param>
    public HttpFaultProxy(int targetPort, string targetHost = "127.0.0.1")
        : base(targetHost, targetPort)
    {
    }

    /// <summary>The URL of the proxy, which clients use in place of the server's URL.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{Port}");

    /// <summary>The requests received so far, including those that were made to fail.</summary>
    public IReadOnlyList<HttpHead> Requests => [.. _requests];

    /// <summary>Responds to requests without forwarding them to the server.</summary>
    /// <param name="status">Status of the response.</param>
    /// <param name="retryAfterSeconds">Value of <c>Retry-After</c>; null for none.</param>
    /// <param name="times">How many requests are affected.</param>
    /// <param name="when">Selects the requests; null for all.</param>
    /// <param name="body">Body of the response.</param>
    public void Answer(int status, int? retryAfterSeconds = null, int times = int.MaxValue, Func<HttpHead, bool>? when = null, string body = "") =>
        Add(new Rule(when, times, Answer: FormatAnswer(status, retryAfterSeconds, body)));

    /// <summary>Forwards requests to the server and applies a fault to the responses. The fault counts the bytes of the body.</summary>
    /// <param name="fault">The fault in the direction to the client.</param>
    /// <param name="times">How many requests are affected.</param>
    /// <param name="when">Selects the requests; null for all.</param>
    /// <returns>The fault.</returns>
    public TFault Fail<TFault>(TFault fault, int times = int.MaxValue, Func<HttpHead, bool>? when = null)
        where TFault : Fault
    {
        Add(new Rule(when, times, Fault: fault));
        return fault;
    }

    /// <summary>Like <see cref="Fail"/>, but the fault counts the bytes of the response from its first byte, not from the start of its body.</summary>
    public TFault FailHead<TFault>(TFault fault, int times = int.MaxValue, Func<HttpHead, bool>? when = null)
        where TFault : Fault
    {
        Add(new Rule(when, times, Fault: fault, CountsHead: true));
        return fault;
    }

    /// <summary>Removes all faults.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    private protected override async Task ServeAsync(NetworkStream client, NetworkStream server, CancellationToken cancellationToken)
    {
        HttpHead request = await HttpHead.ReadAsync(client, cancellationToken);
        _requests.Enqueue(request);
        Rule? rule = TakeRule(request);
        if (rule?.Answer is { } answer)
        {
            await client.WriteAsync(answer, cancellationToken);
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await server.WriteAsync(request.ToBytesWith("Connection", "close"), cancellationToken);
        Task requestBody = Relay.CopyAsync(client, server, fault: null, ended.Token);
        Task response = rule is { CountsHead: true }
            ? Relay.CopyAsync(server, client, rule.Fault, ended.Token)
            : RespondAsync(server, client, rule?.Fault, ended.Token);
        Task first = await Task.WhenAny(requestBody, response);
        await ended.CancelAsync();
        await Task.WhenAll(requestBody, response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private static async Task RespondAsync(NetworkStream server, NetworkStream client, Fault? fault, CancellationToken cancellationToken)
    {
        HttpHead head;
        do
        {
            head = await HttpHead.ReadAsync(server, cancellationToken);
            await client.WriteAsync(head.ToBytesWith("Connection", "close"), cancellationToken);
        }
        while (head.Status is >= 100 and < 200);

        await Relay.CopyAsync(server, client, fault, cancellationToken);
    }

    private static byte[] FormatAnswer(int status, int? retryAfterSeconds, string body)
    {
        string retryAfter = retryAfterSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"Retry-After: {seconds}\r\n") : "";
        return Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\n{retryAfter}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
            + $"Connection: close\r\n\r\n{body}");
    }

    private void Add(Rule rule)
    {
        if (rule.Fault is { Direction: not Direction.ToClient })
        {
            throw new ArgumentException("Only responses can go wrong here.", nameof(rule));
        }

        lock (_lock)
        {
            _rules.Add(rule);
        }
    }

    private Rule? TakeRule(HttpHead request)
    {
        lock (_lock)
        {
            Rule? rule = _rules.Find(rule => rule.Remaining > 0 && (rule.When?.Invoke(request) ?? true));
            if (rule is not null)
            {
                rule.Remaining--;
            }

            return rule;
        }
    }

    private sealed record Rule(Func<HttpHead, bool>? When, int Times, Fault? Fault = null, bool CountsHead = false, byte[]? Answer = null)
    {
        public int Remaining { get; set; } = Times;
    }
}
