using System.Globalization;
using Egress.Backends;
using Egress.Settings.Formats;

namespace Egress.Records.Json;

/// <summary>A place inside a stored record, in the format of the log: <c>objects[3].size</c>.</summary>
/// <param name="RecordId">Id of the record.</param>
/// <param name="Field">Field of the record.</param>
/// <param name="Index">Position in an array, from 0.</param>
/// <param name="Member">Member of the object there.</param>
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
