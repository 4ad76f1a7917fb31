using Egress.Records;

namespace Egress.Integration.Tests.Records;

/// <summary>A record store on a real server. The fixture writes to it without the code under test.</summary>
public abstract class RecordStoreFixture : IAsyncDisposable
{
    /// <summary>The options with the URL of the records. Each test has a database, schema or key prefix of its own.</summary>
    public abstract RecordStoreOptions Options { get; }

    /// <summary>Stores a record as another application would.</summary>
    public abstract Task InsertAsync(RawRecord record);

    /// <summary>Deletes a record as another application would.</summary>
    public abstract Task DeleteAsync(string id);

    /// <summary>Opens the store under test.</summary>
    internal OpenedStore Open(TimeProvider? time = null, Func<RecordStoreOptions, RecordStoreOptions>? change = null) =>
        OpenedStore.Open(change is null ? Options : change(Options), time);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A record as it is stored in a database.</summary>
/// <param name="Id">The id.</param>
/// <param name="Objects">The objects as JSON, which may be malformed.</param>
public sealed record RawRecord(string Id, string Objects)
{
    public string? Bucket { get; init; } = "bucket";

    public string? Name { get; init; }

    public string? Callback { get; init; }

    public string? Password { get; init; }

    /// <summary>The custom headers as JSON, which may be malformed; null for none.</summary>
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
