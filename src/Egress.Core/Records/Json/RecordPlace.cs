using System.Globalization;
using Egress.Backends;
using Egress.Settings.Formats;

namespace Egress.Records.Json;

/// <summary>A field of a record, or a member of one of its items. Messages show it as in <c>objects[3].size</c>.</summary>
/// <param name="RecordId">Id of the record.</param>
/// <param name="Field">The field of the record, or a word for the whole of it (<c>value</c>).</param>
/// <param name="Index">Position in an array, from 0.</param>
/// <param name="Member">The member of the object at that position; null for the whole item.</param>
internal readonly record struct RecordPlace(string RecordId, string Field, int? Index = null, string? Member = null)
{
    /// <summary>Creates the fault for a record that cannot be read.</summary>
    /// <param name="problem">The problem of the value, as the rest of a sentence. Never quotes a password.</param>
    /// <param name="cause">The parser's exception.</param>
    public BackendException Unreadable(string problem, Exception? cause = null) =>
        new(Backend.Database, BackendFault.Malformed, $"The record '{RecordId}' cannot be read: {this} {problem}.", cause)
        {
            Unreadable = (ToString(), problem),
        };

    /// <summary>Creates the fault for a record that is larger than allowed.</summary>
    public BackendException TooLarge(RecordLimits limits) => Unreadable($"is larger than {ByteSize.Write(limits.MaxSize)} (MAX_RECORD_SIZE)");

    /// <inheritdoc/>
    public override string ToString() => string.Concat(
        Field,
        Index is { } index ? string.Create(CultureInfo.InvariantCulture, $"[{index}]") : "",
        Member is null ? "" : $".{Member}");
}
