using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Callbacks.Delivery;

namespace Egress.Http.Callbacks;

/// <summary>The body of a response that lists callbacks which could not be delivered, or which were put back on the queue.</summary>
internal sealed record CallbackListBody(IReadOnlyList<UndeliveredCallback> Callbacks);

[JsonSerializable(typeof(CallbackListBody))]
internal sealed partial class CallbackJson : JsonSerializerContext
{
    /// <summary>
    /// Writes the JSON without escaping characters that are special in HTML, so that people can read it. The JSON is never part of an HTML page.
    /// </summary>
    public static CallbackJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
