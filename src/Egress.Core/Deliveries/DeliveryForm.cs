using System.Text.Json;
using System.Text.Json.Serialization;

namespace Egress.Deliveries;

/// <summary>Deliveries as text, as the store keeps them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Delivery))]
internal sealed partial class DeliveryForm : JsonSerializerContext
{
    /// <summary>Writes a delivery.</summary>
    public static string Write(Delivery delivery) => JsonSerializer.Serialize(delivery, Default.Delivery);

    /// <summary>Reads a delivery.</summary>
    /// <returns>Null if the text is not a delivery.</returns>
    public static Delivery? TryRead(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, Default.Delivery);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
