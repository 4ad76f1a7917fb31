using System.Text;

namespace Egress.Records;

/// <summary>Checks the ids of records, for all stores.</summary>
internal static class RecordId
{
    /// <summary>
    /// Whether an id is valid Unicode. An unpaired surrogate would be sent to the database as the replacement character, and could find the record of
    /// another id.
    /// </summary>
    public static bool IsUnicode(string id) =>
        string.Equals(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(id)), id, StringComparison.Ordinal);
}
