using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Telemetry;

namespace Egress.Callbacks;

/// <summary>The queue message of one callback. The body is stored as text, so that every attempt sends the same bytes.</summary>
internal sealed record CallbackMessage
{
    private const string TypeV1 = "egress.callback.v1";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The type and version, which identify messages of Egress.</summary>
    public string Type { get; init; } = "";

    /// <summary>The header <c>webhook-id</c>, which is the same for all attempts.</summary>
    public required string Id { get; init; }

    /// <summary>The receiver's URL, as in the record.</summary>
    public required string Url { get; init; }

    /// <summary>The body of the request.</summary>
    public required string Body { get; init; }

    /// <summary>The trace of the download (W3C Trace Context); null without tracing.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The <c>tracestate</c> that belongs to <see cref="Traceparent"/>; null for none.</summary>
    public string? Tracestate { get; init; }

    /// <summary>The number of attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When the first attempt was made; null before it.</summary>
    public DateTimeOffset? FirstAttempt { get; init; }

    /// <summary>When the last attempt was made; null before the first.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>The result of the last attempt: the status of the response, or the innermost cause of the failure.</summary>
    public string? LastAnswer { get; init; }

    /// <summary>Why Egress moved the message to the poison queue; null for other messages.</summary>
    public string? PoisonReason { get; init; }

    /// <summary>Host of the URL, for logs. The URL itself may contain a token.</summary>
    [JsonIgnore]
    public string Host => Uri.TryCreate(Url, UriKind.Absolute, out var url) && url.Host.Length > 0 ? url.IdnHost : "(no host)";

    /// <summary>Creates the message of a new callback, with the current trace.</summary>
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
    /// <returns>The message; null if it was not written by Egress.</returns>
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

    /// <summary>Returns the text of the message for the queue.</summary>
    public string Write() => JsonSerializer.Serialize(this, Format);
}

/// <summary>The exception for a message that was not written by Egress.</summary>
internal sealed class CallbackMessageException() : FormatException("The message is not a callback of Egress.");
