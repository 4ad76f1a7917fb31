using System.Data.Common;
using Egress.Records.Roles;

namespace Egress.Records.Sql.Roles;

/// <summary>The column in which one kind of checksum is stored, and the table of the column.</summary>
/// <param name="Table">Name of the table, in the schema of the records.</param>
/// <param name="Name">Name of the column.</param>
/// <param name="Type">Type of the column.</param>
/// <param name="Write">Returns the value of the column for a checksum.</param>
/// <param name="Read">Returns the checksum in a column of a row; null if the value is not a checksum.</param>
internal sealed record SqlChecksumColumn<T>(string Table, string Name, string Type, Func<T, object> Write, Func<DbDataReader, int, T?> Read)
    where T : struct;

/// <summary>The columns of each kind of checksum.</summary>
internal static class SqlChecksumColumns
{
    private const string Crc32TableName = "egress_crc_cache";

    private const string Sha256TableName = "egress_sha256_cache";

    /// <summary>The column of CRC-32s, which are stored as numbers.</summary>
    public static readonly SqlChecksumColumn<uint> Crc32 = new(
        Crc32TableName, "crc32", "BIGINT", static crc => (long)crc, static (reader, ordinal) => (uint)reader.GetInt64(ordinal));

    /// <summary>The column of SHA-256 digests, which are stored as hexadecimal digits.</summary>
    public static readonly SqlChecksumColumn<Sha256Digest> Sha256 = new(
        Sha256TableName, "sha256", "VARCHAR(64)", static digest => digest.ToString(),
        static (reader, ordinal) => Sha256Digest.TryParse(reader.GetString(ordinal)));
}
