using Egress.Records.Urls;
using Microsoft.Data.Sqlite;
using Option = Egress.Records.Urls.OptionValue<Microsoft.Data.Sqlite.SqliteConnectionStringBuilder>;

namespace Egress.Records.Sql.Sqlite;

/// <summary>Reads <c>sqlite:</c> URLs.</summary>
internal static class SqliteUrl
{
    public static readonly UrlOptions<SqliteConnectionStringBuilder> Options = new()
    {
        Supported =
        {
            ["mode"] = Option.OneOf(
                ("ro", target => target.Mode = SqliteOpenMode.ReadOnly),
                ("rw", target => target.Mode = SqliteOpenMode.ReadWrite)),
        },
    };

    /// <summary>Returns the URL of a file.</summary>
    /// <param name="path">Path of the file, absolute or relative to the working directory.</param>
    public static string ForFile(string path)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return path.StartsWith('/') ? $"sqlite://{escaped}" : $"sqlite:{escaped}";
    }

    /// <summary>Reads a URL. A connection that is opened with the result does not create the file; only the code that stores records creates it.</summary>
    /// <exception cref="FormatException">There is no file, or an option is unknown or has a value that is not allowed.</exception>
    public static (SqliteConnectionStringBuilder Connection, IReadOnlyList<string> WithoutEffect) Read(ConnectionUrl url)
    {
        if (url.Path.Length == 0 || url.Path.EndsWith('/') || url.Path is ":memory:")
        {
            throw new FormatException("it names no file: sqlite:relative.db or sqlite:///absolute.db");
        }

        var connection = new SqliteConnectionStringBuilder { DataSource = url.Path, Mode = SqliteOpenMode.ReadWrite };
        return (connection, Options.Apply(url, connection));
    }
}
