using Egress.Records;

namespace Egress.Integration.Tests.Records;

/// <summary>A store of records on a real server, with a way to it that bypasses the code under test.</summary>
public abstract class RecordStoreFixture : IAsyncDisposable
{
    /// <summary>Where the records are; each test has its own place.</summary>
    public abstract RecordStoreOptions Options { get; }

    /// <summary>Stores a record as another application would.</summary>
    public abstract Task InsertAsync(RawRecord record);

    /// <summary>Deletes a record as an application or its operator would.</summary>
    public abstract Task DeleteAsync(string id);

    /// <summary>Opens the store under test.</summary>
    internal OpenedStore Open(TimeProvider? time = null, Func<RecordStoreOptions, RecordStoreOptions>? change = null) =>
        OpenedStore.Open(change is null ? Options : change(Options), time);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A record as it lies in a database.</summary>
/// <param name="Id">The id.</param>
/// <param name="Objects">JSON, or what should be.</param>
public sealed record RawRecord(string Id, string Objects)
{
    public string? Bucket { get; init; } = "bucket";

    public string? Name { get; init; }

    public string? Callback { get; init; }

    public string? Password { get; init; }

    /// <summary>JSON, or what should be.</summary>
    public string? CustomHeaders { get; init; }

    public bool? ChecksumFile { get; init; }

    public IEnumerable<(string Field, string Value)> Fields()
    {
        (string, string?)[] fields =
        [
            ("id", Id), ("bucket", Bucket), ("objects", Objects), ("name", Name), ("callback", Callback), ("password", Password),
            ("custom_headers", CustomHeaders), ("checksum_file", ChecksumFile is { } flag ? flag ? "1" : "0" : null),
        ];
        return fields.Where(field => field.Item2 is not null).Select(field => (field.Item1, field.Item2!));
    }
}
