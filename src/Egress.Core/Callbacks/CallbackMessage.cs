using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Telemetry;

namespace Egress.Callbacks;

/// <summary>What lies on the queue for one callback. The body is text: its bytes are the same at every attempt.</summary>
internal sealed record CallbackMessage
{
    private const string TypeV1 = "egress.callback.v1";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Tells our messages, and their version, from others.</summary>
    public string Type { get; init; } = "";

    /// <summary><c>webhook-id</c>, the same over all attempts.</summary>
    public required string Id { get; init; }

    /// <summary>Where to, as the record says.</summary>
    public required string Url { get; init; }

    /// <summary>What is sent.</summary>
    public required string Body { get; init; }

    /// <summary>The trace that the download belongs to (W3C Trace Context); null when nobody traces.</summary>
    public string? Traceparent { get; init; }

    /// <summary>What goes with <see cref="Traceparent"/>.</summary>
    public string? Tracestate { get; init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When the first attempt was made.</summary>
    public DateTimeOffset? FirstAttempt { get; init; }

    /// <summary>When the last attempt was made.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>What came of the last attempt.</summary>
    public string? LastAnswer { get; init; }

    /// <summary>Why it lies on the poison queue; null until we put it there.</summary>
    public string? PoisonReason { get; init; }

    /// <summary>Host of the URL, which unlike the URL can be shown.</summary>
    [JsonIgnore]
    public string Host => Uri.TryCreate(Url, UriKind.Absolute, out var url) && url.Host.Length > 0 ? url.IdnHost : "(no host)";

    /// <summary>A message for a new callback, in the trace that is under way.</summary>
    public static CallbackMessage Create(string id, string url, CallbackPayload payload) => new()
    {
        Type = TypeV1,
        Id = id,
        Url = url,
        Body = payload.Write(),
        Traceparent = EgressTraces.Current?.Id,
        Tracestate = EgressTraces.Current?.TraceStateString,
    };

    /// <summary>Reads a message.</summary>
    /// <returns>Null when it is not ours.</returns>
    public static CallbackMessage? TryRead(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<CallbackMessage>(text, Format) is { Type: TypeV1, Id.Length: > 0, Url: not null, Body: not null } message
                ? message
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The message as it lies on the queue.</summary>
    public string Write() => JsonSerializer.Serialize(this, Format);
}

/// <summary>A message on the queue is no callback of ours.</summary>
public sealed class CallbackMessageException() : FormatException("A message on the callback queue is none that Egress wrote.");
