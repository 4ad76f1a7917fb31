using System.Globalization;
using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.TestKit.Downloads;

/// <summary>Records in SQLite and files on disk, in a temporary folder. A host with <see cref="Settings"/> uses them.</summary>
public sealed class LocalBackends : IAsyncDisposable
{
    /// <summary>The limit of parallel downloads that <see cref="Settings"/> sets.</summary>
    public const int Places = 4;

    private const string Bucket = "b";

    private readonly TempFolder _folder = new();
    private readonly LinkSigner _signer;

    /// <summary>Creates the folder. The table of records is created with the first record.</summary>
    /// <param name="requestTimeout">The value of <c>REQUEST_TIMEOUT</c>. A short limit aborts requests on a busy machine.</param>
    public LocalBackends(string requestTimeout = "1m")
    {
        const string secret = "test-secret-0123456789";
        Directory.CreateDirectory(Exports);
        _signer = new LinkSigner(new SigningOptions { Secret = secret });
        Settings = new Dictionary<string, string>
        {
            ["DB_URL"] = $"sqlite://{_folder["egress.db"]}",
            ["STORAGE_PATH"] = _folder["files"],
            ["SIGNING_SECRET"] = secret,
            ["ENFORCE_SIGNING"] = "true",
            ["MAX_ACTIVE_DOWNLOADS"] = Places.ToString(CultureInfo.InvariantCulture),
            ["REQUEST_TIMEOUT"] = requestTimeout,
            ["DATABASE_QUERY_TIMEOUT"] = "1m", // the default would abort queries on a busy machine
        };
    }

    /// <summary>Creates the folder and a record, so that the table exists when the host starts.</summary>
    /// <param name="requestTimeout">The value of <c>REQUEST_TIMEOUT</c>.</param>
    public static async Task<LocalBackends> CreateAsync(string requestTimeout = "1m")
    {
        var backends = new LocalBackends(requestTimeout);
        await backends.AddAsync(null, null, new ObjectItem("any.txt"));
        return backends;
    }

    /// <summary>The settings of a host that uses these records and files.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The folder of the bucket <c>exports</c>, which exists and is empty at first.</summary>
    public string Exports => _folder["files/exports"];

    /// <summary>Writes an object.</summary>
    public Task PutAsync(string key, ReadOnlyMemory<byte> content) => _folder.WriteAsync($"files/{Bucket}/{key}", content);

    /// <summary>Creates an object of zeros that takes no space on the disk.</summary>
    public async Task PutSparseAsync(string key, long size)
    {
        await PutAsync(key, default);
        await using var file = File.OpenWrite(_folder[$"files/{Bucket}/{key}"]);
        file.SetLength(size);
    }

    /// <summary>Stores a record.</summary>
    /// <param name="id">Id of the record; null for a new one.</param>
    /// <param name="name">Name of the archive.</param>
    /// <param name="objects">The objects of the archive.</param>
    /// <returns>The id of the record.</returns>
    public Task<string> AddAsync(string? id, string? name, params IReadOnlyList<ObjectItem> objects) =>
        AddAsync(new DownloadRecord { Id = id ?? Guid.NewGuid().ToString(), Bucket = Bucket, Name = name, Objects = objects });

    /// <summary>Stores a record with a callback.</summary>
    /// <param name="callback">The URL to call.</param>
    /// <param name="objects">The objects of the archive.</param>
    /// <returns>The id of the record.</returns>
    public Task<string> AddWithCallbackAsync(string callback, params IReadOnlyList<ObjectItem> objects) =>
        AddAsync(new DownloadRecord { Id = Guid.NewGuid().ToString(), Bucket = Bucket, Callback = callback, Objects = objects });

    /// <summary>Stores a record whose archive has a file of checksums.</summary>
    /// <param name="objects">The objects of the archive.</param>
    /// <returns>The id of the record.</returns>
    public Task<string> AddWithChecksumFileAsync(params IReadOnlyList<RecordItem> objects) =>
        AddAsync(new DownloadRecord { Id = Guid.NewGuid().ToString(), Bucket = Bucket, ChecksumFile = true, Objects = objects });

    /// <summary>Returns the signed link of an id, relative to the host.</summary>
    /// <param name="id">The id, with or without a record.</param>
    /// <param name="root">The part of the path before the id: <c>/</c> or <c>/download/</c>.</param>
    /// <param name="expiry">The value of the parameter <c>expiry</c>; null for none.</param>
    public string Link(string id, string root = "/download/", string? expiry = null) =>
        $"{root}{Uri.EscapeDataString(id)}?{(expiry is null ? "" : $"expiry={expiry}&")}signature={_signer.Sign(id, expiry)}";

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private async Task<string> AddAsync(DownloadRecord record)
    {
        var settings = SettingsReader.Read(SettingSource.FromEnvironment(Settings), HostProfile.Server);
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        return await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, CancellationToken.None)
            ? record.Id
            : throw new InvalidOperationException($"There is a record '{record.Id}' already.");
    }
}

/// <summary>A running host, and the records and files that it uses.</summary>
/// <param name="Client">A client without a time limit, whose base address is the host.</param>
/// <param name="Backends">The records and files.</param>
public sealed record DownloadHost(HttpClient Client, LocalBackends Backends);
