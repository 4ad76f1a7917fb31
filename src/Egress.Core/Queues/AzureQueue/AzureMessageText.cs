using System.Text;

namespace Egress.Queues.AzureQueue;

/// <summary>
/// Converts the texts of messages to and from the encoding that the queue trigger expects: base64 of UTF-8
/// (<see cref="QueueNames.MessageEncoding"/>).
/// </summary>
internal static class AzureMessageText
{
    public static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <returns>The decoded text. A text that is not base64 is returned unchanged; Egress did not write it.</returns>
    public static string Decode(string encoded)
    {
        var buffer = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, buffer, out var length) ? Encoding.UTF8.GetString(buffer, 0, length) : encoded;
    }
}
