using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Callbacks.Delivery;

namespace Egress.Http.Callbacks;

/// <summary>The body of an answer with callbacks that could not be delivered, or that were put back on the queue.</summary>
internal sealed record CallbackListBody(IReadOnlyList<UndeliveredCallback> Callbacks);

[JsonSerializable(typeof(CallbackListBody))]
internal sealed partial class CallbackJson : JsonSerializerContext
{
    /// <summary>Characters are not escaped, so that people can read the JSON. It is never part of an HTML page.</summary>
    public static CallbackJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
