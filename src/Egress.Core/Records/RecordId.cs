using System.Text;

namespace Egress.Records;

/// <summary>A rule for the ids of all stores.</summary>
internal static class RecordId
{
    /// <summary>
    /// Whether an id can be encoded. Half a surrogate pair would be sent as the replacement character, and would find the record of another id.
    /// </summary>
    public static bool IsUnicode(string id) =>
        string.Equals(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(id)), id, StringComparison.Ordinal);
}
