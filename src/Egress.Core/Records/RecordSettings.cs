using Egress.Records.Sql.Postgres;
using Egress.Records.Sql.Sqlite;
using Egress.Records.Sql.Tables;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Records;

/// <summary>The settings of the store of download records.</summary>
internal static class RecordSettings
{
    internal static readonly SettingGroup Group = new(
        "Download records",
        "The database of the download records. The scheme of the URL selects the kind of database.");

    internal static readonly Setting<string?> Url = Group.Add<string?>(new("DB_URL", new ValueFormat<string?>(
        $"a URL that begins with {RecordStoreKinds.Beginnings}",
        TryParseUrl,
        url => url ?? "")
    {
        Explain = text => RecordStoreUrl.TryParse(text.Trim(), out _, out var error) ? null : error,
    })
    {
        Default = null,
        DefaultInWords = "required; the plain server uses `DATA_DIR/egress.db` while no setting points to a remote storage (see Plain server)",
        Example = "postgres://egress:change-me@localhost:5432/app",
        IsSecret = true,
        Text = "Connection URL. Special characters in user name and password are percent-encoded. "
            + $"The forms are {RecordStoreKinds.Forms}.",
    });

    private const int MostConnections = 1024;
    private static readonly RecordStoreOptions Defaults = new() { Url = "" };

    private static readonly Setting<RecordStoreAuthentication> Authentication = Group.Add<RecordStoreAuthentication>(new(
        "DB_AUTH", ValueFormats.Choice<RecordStoreAuthentication>())
    {
        Default = Defaults.Authentication,
        Text = "How Egress logs in to PostgreSQL: with the credentials in `DB_URL`, or with tokens of Microsoft Entra ID for the identity of the "
            + "process (`DefaultAzureCredential`). With `entra`, `DB_URL` names a role, has no password, and its `sslmode` is `require`, `verify-ca` "
            + "or `verify-full`.",
    });

    private static readonly Setting<int> MaxConnections = Group.Add<int>(new("DB_MAX_CONNECTIONS", ValueFormats.Integer(0, MostConnections))
    {
        Default = Defaults.MaxConnections,
        Text = $"The maximum number of connections in the pool. With `0` the pool has as many as needed, up to {MostConnections}.",
    });

    private static readonly ValueFormat<string?> TableFormat = Name("the name of a table", SqlNames.CheckTable);
    private static readonly ValueFormat<string?> ColumnFormat = Name("the name of a column", SqlNames.CheckColumn);

    private static readonly Setting<string?> TableName = Group.Add<string?>(new("TABLE_NAME", TableFormat)
    {
        Default = Defaults.TableName,
        Text = "Table that holds the records, optionally after a schema and a dot.",
    });

    private static readonly Setting<string?> IdField = Group.Add<string?>(new("ID_FIELD", ColumnFormat)
    {
        Default = Defaults.IdField,
        Text = "Column that holds the id: text, UUID or integer.",
    });

    private static readonly Setting<string?> KeyPrefix = Group.Add<string?>(new("KEY_PREFIX", ValueFormats.Text("text"))
    {
        Default = Defaults.KeyPrefix,
        Example = "downloads:",
        Text = "Only for Redis: the key of a record is this prefix followed by the id of the record.",
    });

    private static readonly Setting<long> MaxRecordSize = Group.Add<long>(new("MAX_RECORD_SIZE", ValueFormats.Size())
    {
        Default = Defaults.MaxRecordSize,
        Text = "The maximum size of a record's JSON, in bytes. Larger records are refused (502). `0` is unlimited.",
    });

    private static readonly Setting<TimeSpan> QueryTimeout = Group.Add<TimeSpan>(new(
        "DATABASE_QUERY_TIMEOUT", ValueFormats.Duration(TimeSpan.FromHours(1)))
    {
        Default = Defaults.QueryTimeout,
        Text = "The maximum time for the look-up of a record, including the connection. After it the response is 504. `0` is unlimited.",
    });

    internal static RecordStoreOptions Bind(SettingBinder binder, HostProfile host, EmbeddedDefaults embedded)
    {
        var url = binder.Get(Url, embedded.Records ? SqliteUrl.ForFile(Path.Combine(embedded.DataDirectory, EmbeddedDefaults.RecordsFile)) : null);
        if (!embedded.Records && !binder.IsSet(Url))
        {
            binder.Fault(MissingUrl(host, embedded));
        }

        var authentication = binder.Get(Authentication);
        if (authentication is RecordStoreAuthentication.Entra && RecordStoreUrl.TryParse(url ?? "", out var parsed, out _)
            && EntraAuthentication.Check(parsed) is { } fault)
        {
            binder.Fault($"{Authentication.Name} is entra, but {fault}");
        }

        var connections = binder.Get(MaxConnections);
        return new RecordStoreOptions
        {
            Url = url ?? "",
            Authentication = authentication,
            MaxConnections = connections == 0 ? MostConnections : connections,
            TableName = binder.Get(TableName)!,
            IdField = binder.Get(IdField)!,
            KeyPrefix = binder.Get(KeyPrefix)!,
            QueryTimeout = binder.Get(QueryTimeout),
            MaxRecordSize = binder.Get(MaxRecordSize),
        };
    }

    private static string MissingUrl(HostProfile host, EmbeddedDefaults embedded)
    {
        var fault = $"{Url.Name} is not set; allowed: {Url.AllowedInPlainText}";
        return host.IsServer
            ? $"{fault} (the embedded database is not used, because of {string.Join(", ", embedded.RemoteStorageNames)})"
            : fault;
    }

    private static bool TryParseUrl(string text, out string? url)
    {
        url = text.Trim();
        return RecordStoreUrl.TryParse(url, out _, out _);
    }

    private static ValueFormat<string?> Name(string allowed, Func<string, string?> check) => new(
        allowed,
        (string text, out string? name) =>
        {
            name = text.Trim();
            return check(name) is null;
        },
        name => name ?? "")
    {
        Explain = text => $"allowed: {check(text.Trim())}",
    };
}
