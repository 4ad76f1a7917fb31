using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Callbacks.Delivery;

namespace Egress.Http.Callbacks;

/// <summary>Callbacks that could not be delivered, or that were put back on the queue.</summary>
internal sealed record CallbackListBody(IReadOnlyList<UndeliveredCallback> Callbacks);

[JsonSerializable(typeof(CallbackListBody))]
internal sealed partial class CallbackJson : JsonSerializerContext
{
    /// <summary>Without escapes, which people would have to read. It is JSON, and never a part of a page.</summary>
    public static CallbackJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
