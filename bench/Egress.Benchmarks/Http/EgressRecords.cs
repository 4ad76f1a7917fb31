using System.Globalization;
using System.Text.Json;
using Egress.Signing;
using Microsoft.Data.Sqlite;

namespace Egress.Benchmarks.Http;

/// <summary>Download records in an SQLite file, written with SQL as an application would write them.</summary>
/// <param name="file">Absolute path of the file. An existing file is replaced.</param>
internal sealed class EgressRecords(string file)
{
    private const string Secret = "benchmark-secret-0123456789";

    /// <summary>The number of stored entries of one manifest: the manifest, and its heads with and without the <c>ETag</c>.</summary>
    private const long NamesOfManifest = 3;

    private static readonly TimeSpan ManifestPoll = TimeSpan.FromMilliseconds(50);

    private static readonly LinkSigner Signer = new(new SigningOptions { Secret = Secret });

    /// <summary>Returns the settings of a server that uses these records and requires signed links.</summary>
    /// <param name="port">The port of the server.</param>
    /// <param name="settings">Further settings.</param>
    public Dictionary<string, string?> Settings(int port, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["DATA_DIR"] = $"{file}.data",
            ["DB_URL"] = $"sqlite://{file}",
            ["SIGNING_SECRET"] = Secret,
            ["ENFORCE_SIGNING"] = "true",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return all;
    }

    /// <summary>Returns path and query of the signed link to a record.</summary>
    public static string Link(string id) => $"/download/{id}?signature={Signer.Sign(id, null)}";

    /// <summary>Creates the file with an empty table of records.</summary>
    public async Task CreateAsync()
    {
        File.Delete(file);
        await ExecuteAsync("CREATE TABLE downloads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, objects TEXT NOT NULL, password TEXT)");
    }

    /// <summary>Adds a record.</summary>
    /// <param name="id">Id of the record.</param>
    /// <param name="bucket">Bucket, or folder of the storage on disk.</param>
    /// <param name="objects">The items of the record: keys, or items with further fields.</param>
    /// <param name="password">Password of the archive; null for no encryption.</param>
    public Task AddAsync(string id, string bucket, IEnumerable<object> objects, string? password = null) => ExecuteAsync(
        "INSERT INTO downloads VALUES ($id, $bucket, $objects, $password)",
        ("$id", id),
        ("$bucket", bucket),
        ("$objects", JsonSerializer.Serialize(objects)),
        ("$password", password ?? (object)DBNull.Value));

    /// <summary>Waits until a server has stored the first manifest.</summary>
    public async Task WaitForManifestAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var table = connection.CreateCommand();
        table.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'egress_manifests'";
        await using var names = connection.CreateCommand();
        names.CommandText = "SELECT COUNT(DISTINCT id) FROM egress_manifests";
        while (await table.ExecuteScalarAsync() is 0L || await names.ExecuteScalarAsync() is < NamesOfManifest)
        {
            await Task.Delay(ManifestPoll);
        }
    }

    private async Task ExecuteAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the statements are the constants above
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        await command.ExecuteNonQueryAsync();
    }
}
