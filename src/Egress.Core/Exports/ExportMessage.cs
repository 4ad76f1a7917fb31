using System.Text.Json;

namespace Egress.Exports;

/// <summary>A message on the queue of exports.</summary>
/// <param name="Type">The type and version, which identify messages of Egress.</param>
/// <param name="Id">Id of the export.</param>
/// <param name="Part">The part to build, from 1; zero to find out which parts to request.</param>
/// <param name="Round">How many earlier messages for the same step were replaced after a failure of a backend.</param>
internal sealed record ExportMessage(string Type, string Id, int Part, int Round = 0)
{
    private const string TypeV1 = "egress.export.v1";

    /// <summary>Creates a message that requests a look for missing parts.</summary>
    public static ExportMessage Look(string id) => new(TypeV1, id, 0);

    /// <summary>Creates a message that requests the building of a part.</summary>
    public static ExportMessage Build(string id, int part) => new(TypeV1, id, part);

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">The message was not written by Egress.</exception>
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
            // The text is not JSON.
        }

        throw new FormatException("The message is not of an export of Egress.");
    }

    /// <summary>Returns the same message, marked as one that may have taken effect before.</summary>
    public ExportMessage Repeated() => this with { Round = Math.Max(Round, 1) };

    /// <summary>Returns the text of the message.</summary>
    public string Write() => JsonSerializer.Serialize(this, ExportJson.Default.ExportMessage);
}
