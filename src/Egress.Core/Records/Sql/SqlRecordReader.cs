using System.Data.Common;
using System.Globalization;
using Egress.Backends;
using Egress.Records.Json;
using Egress.Records.Sql.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>A row of the table of records.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Record">The record; null if the column <c>objects</c> of the row is null.</param>
/// <param name="Link">The value of the column that <see cref="SqlLinkColumn"/> adds.</param>
internal readonly record struct RecordRow(string Id, DownloadRecord? Record, long? Link);

/// <summary>Converts a row to a record. Columns are found by name in every result, so that a new column is used immediately.</summary>
/// <remarks>Each column is read once, in the order of the result, because drivers stream long values only in that order.</remarks>
internal sealed class SqlRecordReader(SqlDialect dialect, SqlTableCatalog catalog, RecordLimits limits)
{
    /// <summary>The names of the fields of a record, without the id.</summary>
    public static readonly IReadOnlyList<string> Fields = ["bucket", "objects", "name", "callback", "password", "custom_headers", "checksum_file"];

    /// <summary>
    /// Reads the row that has exactly this id. Others are skipped, because the database may also return rows with ids that it considers equal.
    /// </summary>
    /// <exception cref="BackendException">Malformed: names the column.</exception>
    public async Task<RecordRow?> ReadAsync(DbDataReader reader, IdColumn idColumn, string id, CancellationToken cancellationToken)
    {
        var columns = new string[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = reader.GetName(i);
        }

        var missing = SqlTableCatalog.RequiredColumns.Prepend(idColumn.Name).FirstOrDefault(column => catalog.Find(columns, column) < 0);
        if (missing is not null)
        {
            throw catalog.ColumnMissing(missing);
        }

        // The id is the first column, and appears again among the others.
        var fields = Fields.Select(field => (Ordinal: catalog.Find(columns, field), Name: field)).Where(field => field.Ordinal > 0).Order().ToList();
        while (await reader.ReadAsync(cancellationToken))
        {
            var printed = PrintId(reader, idColumn, id);
            if (idColumn.Matches(id, printed))
            {
                return await ReadRowAsync(reader, fields, printed, cancellationToken);
            }
        }

        return null;
    }

    /// <summary>Throws if the row with exactly this id has a value that is too long.</summary>
    /// <param name="reader">The result with the id and the lengths of the limited fields of the rows that the look-up did not select.</param>
    /// <param name="idColumn">The column of ids.</param>
    /// <param name="id">The id.</param>
    /// <param name="limit">Checks the lengths.</param>
    /// <param name="fields">The limited fields.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="BackendException">Malformed: names the column.</exception>
    public async Task RefuseAsync(
        DbDataReader reader, IdColumn idColumn, string id, SqlLengthLimit limit, IReadOnlyList<string> fields, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            var printed = PrintId(reader, idColumn, id);
            for (var i = 0; i < fields.Count && idColumn.Matches(id, printed); i++)
            {
                limit.Check(printed, fields[i], Convert.ToInt64(reader.GetValue(i + 1), CultureInfo.InvariantCulture));
            }
        }
    }

    private string PrintId(DbDataReader reader, IdColumn column, string id)
    {
        try
        {
            var stored = reader.GetValue(0);
            var unpadded = stored is string text && dialect.IsBlankPadded(reader.GetDataTypeName(0)) ? text.TrimEnd(' ') : stored;
            return column.Print(unpadded) ?? throw OtherType(null);
        }
        catch (InvalidCastException exception)
        {
            throw OtherType(exception);
        }

        BackendException OtherType(Exception? cause) => new RecordPlace(id, column.Name).Unreadable(
            $"holds a value of the type {reader.GetDataTypeName(0)}, not {column.TypeName}", cause);
    }

    private async Task<RecordRow> ReadRowAsync(
        DbDataReader reader, List<(int Ordinal, string Name)> fields, string id, CancellationToken cancellationToken)
    {
        var items = new RecordItemsParser(new RecordPlace(id, "objects"), limits);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (ordinal, name) in fields)
        {
            var place = new RecordPlace(id, name);
            if (await reader.IsDBNullAsync(ordinal, cancellationToken))
            {
                continue;
            }

            if (name is "checksum_file" && SqlFlag.TryRead(reader, ordinal, place) is { } flag)
            {
                texts[name] = flag;
                continue;
            }

            using var value = SqlText.Open(reader, ordinal, dialect, place);
            if (name is "objects")
            {
                await RecordItemsStream.ReadAsync(value.ReadAsync, items, place, limits, cancellationToken);
                texts[name] = "";
            }
            else
            {
                var text = await value.ReadToEndAsync(cancellationToken);
                texts[name] = dialect.IsBlankPadded(reader.GetDataTypeName(ordinal)) ? text.TrimEnd(' ') : text;
            }
        }

        // The state of the link is the last column, so that the long texts before it can be read while they arrive.
        var link = reader.GetValue(reader.FieldCount - 1) is var found and not DBNull ? Convert.ToInt64(found, CultureInfo.InvariantCulture) : (long?)null;
        return new RecordRow(id, texts.ContainsKey("objects") ? Create(id, items, texts, link) : null, link);
    }

    private static DownloadRecord Create(string id, RecordItemsParser items, Dictionary<string, string> texts, long? link)
    {
        string? NotEmpty(string field) => texts.GetValueOrDefault(field) is { Length: > 0 } text ? text : null;

        return new DownloadRecord
        {
            Id = id,
            Bucket = texts.GetValueOrDefault("bucket") ?? "",
            Objects = items.ToList(),
            HasMoreObjects = items.HasMore,
            Name = NotEmpty("name"),
            Callback = NotEmpty("callback"),
            Password = NotEmpty("password"),
            CustomHeaders = NotEmpty("custom_headers") is { } headers
                ? RecordHeaders.Read(headers, new RecordPlace(id, "custom_headers"))
                : new Dictionary<string, string>(),
            ChecksumFile = NotEmpty("checksum_file") is { } flag ? SqlFlag.Parse(flag, new RecordPlace(id, "checksum_file")) : null,
            Link = SqlLinkColumn.StateOf(link),
        };
    }
}
