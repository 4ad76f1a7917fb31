using Egress.Backends;
using Egress.Records;
using Egress.Records.Sql.Sqlite;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Records;

public sealed class SqliteRecordStoreTests : SqlRecordStoreContract
{
    private new SqliteFixture Fixture => (SqliteFixture)base.Fixture;

    protected override Task<SqlFixture> CreateSqlFixtureAsync() => Task.FromResult<SqlFixture>(new SqliteFixture());

    [Fact]
    public async Task File_folder_and_table_are_created_by_the_first_record_and_not_by_a_lookup()
    {
        await using var folder = new TempFolder();
        var file = folder["new/egress.db"];
        await using var store = Open(SqliteUrl.ForFile(file), idField: "key");

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));
        Assert.Equal(BackendFault.Unavailable, fault.Fault);
        Assert.False(File.Exists(file));

        Assert.True(await store.TryAddAsync(NewRecord("a"), Token));
        Assert.False(await store.TryAddAsync(NewRecord("a"), Token));
        Assert.Equivalent(NewRecord("a"), await store.FindAsync("a", Token), strict: true);
        await store.CheckAsync(Token);
        Assert.All(
            Directory.GetFiles(Path.GetDirectoryName(file)!),
            path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task A_table_that_exists_is_not_changed_by_a_record()
    {
        await ReplaceTableAsync("id INTEGER PRIMARY KEY, bucket TEXT, objects TEXT");

        Assert.True(await Store.TryAddAsync(new DownloadRecord { Id = "7", Bucket = "", Objects = [] }, Token));

        Assert.Equal(7L, await Fixture.QueryAsync("SELECT id FROM downloads"));
    }

    [Fact]
    public async Task Lookups_do_not_wait_for_writers()
    {
        await Store.TryAddAsync(NewRecord("a"), Token);
        await using var writer = await Fixture.ConnectAsync();
        await using var transaction = await writer.BeginTransactionAsync(Token);
        await using var command = writer.CreateCommand();
        command.CommandText = "UPDATE downloads SET name = 'changed'";
        await command.ExecuteNonQueryAsync(Token);

        Assert.Equal("Archive", (await Store.FindAsync("a", Token))?.Name);
    }

    [Fact]
    public async Task A_file_that_stays_locked_is_a_timeout()
    {
        await using var locker = await Fixture.ConnectAsync();
        await using var command = locker.CreateCommand();
        command.CommandText = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync(Token);
        await using var store = Fixture.Open(change: options => options with { QueryTimeout = TimeSpan.FromMilliseconds(100) });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

        Assert.Equal(BackendFault.TimedOut, fault.Fault);
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_is_a_fault()
    {
        await using var folder = new TempFolder();
        await folder.WriteAsync("text.db", "no database, but long enough to have a header of one hundred bytes, which SQLite reads and does not know at all"u8.ToArray());
        await using var store = Open(SqliteUrl.ForFile(folder["text.db"]));

        await AssertMalformedAsync(async () => await store.FindAsync("a", Token));
        await AssertMalformedAsync(async () => await store.TryAddAsync(NewRecord("a"), Token));
    }

    [Fact]
    public async Task A_read_only_database_rejects_new_records()
    {
        await Store.TryAddAsync(NewRecord("a"), Token);
        await using var store = Open(Fixture.UrlWith("mode=ro"));

        Assert.NotNull(await store.FindAsync("a", Token));
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.TryAddAsync(NewRecord("b"), Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
    }

    [Theory]
    [InlineData("TEXT COLLATE NOCASE", "abc", "ABC")]
    [InlineData("VARCHAR(20) COLLATE RTRIM", "abc", "abc ")]
    [InlineData("UUID", "019ad1fc-a742-709e-81e2-59eff89576a5", "019AD1FC-A742-709E-81E2-59EFF89576A5")]
    [InlineData("UUID", "123", "0123")]
    [InlineData("NUMERIC", "123", "123.0")]
    [InlineData("", "abc", "abc ")]
    [InlineData("BIGINT", "123", "123 ")]
    [InlineData("INTEGER", "123", "1.23e2")]
    public async Task Ids_may_be_of_any_type_that_holds_ids(string type, string id, string other)
    {
        await ReplaceTableAsync($"id {type} PRIMARY KEY, bucket TEXT, objects TEXT");
        await Fixture.InsertAsync(new RawRecord(id, "[]"));

        Assert.Equal(id, (await Store.FindAsync(id, Token))?.Id);
        Assert.Null(await Store.FindAsync(other, Token));
        Assert.False(await Store.TryAddAsync(new DownloadRecord { Id = id, Bucket = "", Objects = [] }, Token));
    }

    [Theory]
    [InlineData("x'5B2261225D'", null)]
    [InlineData("x'5B22FF225D'", "objects[0]")]
    [InlineData("5", "objects")]
    public async Task Objects_may_be_text_or_bytes_of_text(string objects, string? faultyPlace)
    {
        await ReplaceTableAsync("id TEXT, bucket TEXT, objects");
        await Fixture.ExecuteAsync($"INSERT INTO downloads VALUES ('a', 'b', {objects})");

        if (faultyPlace is null)
        {
            Assert.Equal([new ObjectItem("a")], (await Store.FindAsync("a", Token))!.Objects);
        }
        else
        {
            var fault = await AssertMalformedAsync(async () => await Store.FindAsync("a", Token));
            Assert.Contains($": {faultyPlace} ", fault.Message, StringComparison.Ordinal);
        }
    }

    private static OpenedStore Open(string url, string idField = "id") => OpenedStore.Open(new RecordStoreOptions { Url = url, IdField = idField });
}
