using System.Text.Json;
using System.Text.Json.Serialization;

namespace Egress.Deliveries;

/// <summary>The text format of deliveries in the store.</summary>
internal static class DeliveryForm
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a delivery.</summary>
    public static string Write(Delivery delivery) => JsonSerializer.Serialize(delivery, Format);

    /// <summary>Reads a delivery.</summary>
    /// <returns>Null if the text is not a delivery.</returns>
    public static Delivery? TryRead(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Delivery>(text, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
