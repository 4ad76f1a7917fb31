using System.Text.Json;

namespace Egress.Exports;

/// <summary>A message on the queue of exports.</summary>
/// <param name="Type">Identifies messages of Egress, and their version.</param>
/// <param name="Id">Id of the export.</param>
/// <param name="Part">The part to build, from 1; zero to look what there is to do.</param>
/// <param name="Round">How many messages before this one asked for the same, and were removed because a backend failed each time.</param>
internal sealed record ExportMessage(string Type, string Id, int Part, int Round = 0)
{
    private const string TypeV1 = "egress.export.v1";

    /// <summary>Asks to look what there is to do.</summary>
    public static ExportMessage Look(string id) => new(TypeV1, id, 0);

    /// <summary>Requests a part.</summary>
    public static ExportMessage Build(string id, int part) => new(TypeV1, id, part);

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">Egress did not write it.</exception>
    public static ExportMessage Read(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, ExportJson.Default.ExportMessage) is { Type: TypeV1, Part: >= 0, Round: >= 0 } message
                && ExportJobs.IsId(message.Id))
            {
                return message;
            }
        }
        catch (JsonException)
        {
            // Not even JSON.
        }

        throw new FormatException("The message is not of an export of Egress.");
    }

    /// <summary>The same message for one that was taken, and may have had an effect.</summary>
    public ExportMessage Repeated() => this with { Round = Math.Max(Round, 1) };

    /// <summary>The text of the message.</summary>
    public string Write() => JsonSerializer.Serialize(this, ExportJson.Default.ExportMessage);
}
