using System.Data.Common;
using System.Text;
using Egress.Backends;
using Egress.Records.Json;

namespace Egress.Records.Sql;

/// <summary>Makes a record of a row. Columns are found by name in every answer, so that a column added while running counts at once.</summary>
internal sealed class SqlRecordReader(SqlDialect dialect, SqlCatalogue catalogue)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the row that has exactly this id; the database may have found others that it holds for equal.</summary>
    /// <exception cref="BackendException">Malformed: names the column.</exception>
    public async Task<DownloadRecord?> ReadAsync(DbDataReader reader, IdColumn idColumn, string id, CancellationToken cancellationToken)
    {
        var columns = new string[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = reader.GetName(i);
        }

        var missing = SqlCatalogue.RequiredColumns.Prepend(idColumn.Name).FirstOrDefault(column => catalogue.Find(columns, column) < 0);
        if (missing is not null)
        {
            throw catalogue.ColumnMissing(missing);
        }

        while (await reader.ReadAsync(cancellationToken))
        {
            var printed = PrintId(reader, catalogue.Find(columns, idColumn.Name), idColumn, id);
            if (idColumn.Matches(id, printed))
            {
                return ReadRow(reader, columns, printed);
            }
        }

        return null;
    }

    private string PrintId(DbDataReader reader, int ordinal, IdColumn column, string id)
    {
        var stored = reader.GetValue(ordinal);
        var unpadded = stored is string text ? Unpad(reader, ordinal, text) : stored;
        return column.Print(unpadded)
            ?? throw new RecordPlace(id, column.Name).Unreadable($"holds a value of the type {reader.GetDataTypeName(ordinal)}, not {column.TypeName}");
    }

    private DownloadRecord ReadRow(DbDataReader reader, string[] columns, string id)
    {
        string? Text(string field) => ReadText(reader, catalogue.Find(columns, field), new RecordPlace(id, field));

        var objects = new RecordPlace(id, "objects");
        var headers = new RecordPlace(id, "custom_headers");
        using var items = RecordJson.Parse(Text("objects") ?? throw objects.Unreadable("is null"), objects);
        using var customHeaders = Text("custom_headers") is { Length: > 0 } json ? RecordJson.Parse(json, headers) : null;
        return new DownloadRecord
        {
            Id = id,
            Bucket = Text("bucket") ?? "",
            Objects = RecordItems.Read(items.RootElement, objects),
            Name = NullIfEmpty(Text("name")),
            Callback = NullIfEmpty(Text("callback")),
            Password = NullIfEmpty(Text("password")),
            CustomHeaders = customHeaders is null ? new Dictionary<string, string>() : RecordHeaders.Read(customHeaders.RootElement, headers),
        };
    }

    private string? ReadText(DbDataReader reader, int ordinal, RecordPlace place)
    {
        if (ordinal < 0 || reader.IsDBNull(ordinal))
        {
            return null;
        }

        try
        {
            return reader.GetValue(ordinal) switch
            {
                string text => Unpad(reader, ordinal, text),
                byte[] bytes => StrictUtf8.GetString(bytes),
                _ => throw place.Unreadable($"has the type {reader.GetDataTypeName(ordinal)}; it must be text or JSON"),
            };
        }
        catch (InvalidCastException exception)
        {
            throw place.Unreadable($"has the type {reader.GetDataTypeName(ordinal)}; it must be text or JSON", exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw place.Unreadable("is not UTF-8", exception);
        }
    }

    private string Unpad(DbDataReader reader, int ordinal, string text) =>
        dialect.IsBlankPadded(reader.GetDataTypeName(ordinal)) ? text.TrimEnd(' ') : text;

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;
}
