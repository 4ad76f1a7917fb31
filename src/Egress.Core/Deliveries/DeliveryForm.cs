using System.Text.Json;
using System.Text.Json.Serialization;

namespace Egress.Deliveries;

/// <summary>Converts deliveries to and from the JSON in the store.</summary>
internal static class DeliveryForm
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Returns the JSON of a delivery.</summary>
    public static string Write(Delivery delivery) => JsonSerializer.Serialize(delivery, Format);

    /// <summary>Reads a delivery from JSON.</summary>
    /// <returns>The delivery; null if the text is not a delivery.</returns>
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
