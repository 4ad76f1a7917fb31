using Egress.Backends;
using Egress.Records;
using Egress.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>Further tests of every record store in an SQL database.</summary>
public abstract class SqlRecordStoreContract : RecordStoreContract
{
    protected new SqlFixture Fixture => (SqlFixture)base.Fixture;

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await CreateSqlFixtureAsync()).WithTableAsync();

    protected abstract Task<SqlFixture> CreateSqlFixtureAsync();

    [Fact]
    public async Task The_SQL_of_the_README_works()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "README.md"), Token);
        var statements = readme.ReplaceLineEndings("\n").Split("```sql\n")[1..].Select(block => block.Split("```")[0]).ToList();
        await Fixture.ExecuteAsync("DROP TABLE downloads");

        foreach (var statement in statements)
        {
            await Fixture.ExecuteAsync(statement);
        }

        var record = await Store.FindAsync("019ad1fc", Token);
        Assert.Equal(
            [new ObjectItem("2024/a.jpg"), new ObjectItem("2024/b.jpg") { Name = "best/b.jpg" }, new PrefixItem("2024/raw/")], record?.Objects);
        Assert.Equal("holidays", record?.Name);
    }

    [Fact]
    public async Task A_table_needs_no_optional_columns()
    {
        await ReplaceTableAsync("id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");
        await Fixture.InsertAsync(new RawRecord("small", """["a"]"""));

        var record = await Store.FindAsync("small", Token);

        Assert.Equal([new ObjectItem("a")], record!.Objects);
        Assert.Null(record.Password);
    }

    [Fact]
    public async Task A_column_added_while_running_is_used_at_once()
    {
        await ReplaceTableAsync("id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");
        await Fixture.InsertAsync(new RawRecord("grown", "[]"));
        Assert.NotNull(await Store.FindAsync("grown", Token));

        await Fixture.ExecuteAsync("ALTER TABLE downloads ADD COLUMN password VARCHAR(200)");
        await Fixture.ExecuteAsync("UPDATE downloads SET password = 'secret'");

        Assert.Equal("secret", (await Store.FindAsync("grown", Token))?.Password);
    }

    [Fact]
    public async Task A_column_dropped_while_running_is_no_longer_required()
    {
        await Fixture.InsertAsync(new RawRecord("shrunk", "[]") { Name = "old" });
        Assert.Equal("old", (await Store.FindAsync("shrunk", Token))?.Name);

        await Fixture.ExecuteAsync("ALTER TABLE downloads DROP COLUMN name");

        Assert.Null((await Store.FindAsync("shrunk", Token))?.Name);
    }

    [Fact]
    public async Task A_missing_table_is_a_fault_until_it_is_created()
    {
        await Fixture.ExecuteAsync("DROP TABLE downloads");
        var fault = await AssertMalformedAsync(async () => await Store.FindAsync("any", Token));
        Assert.Contains("no table 'downloads'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(fault.Message, (await AssertMalformedAsync(async () => await Store.CheckAsync(Token))).Message);

        await Fixture.CreateTableAsync();
        await Fixture.InsertAsync(new RawRecord("any", "[]"));

        await Store.CheckAsync(Token);
        Assert.NotNull(await Store.FindAsync("any", Token));
    }

    [Fact]
    public async Task A_table_that_vanishes_is_a_fault()
    {
        Assert.Null(await Store.FindAsync("any", Token));

        await Fixture.ExecuteAsync("DROP TABLE downloads");

        await AssertMalformedAsync(async () => await Store.FindAsync("any", Token));
    }

    [Theory]
    [InlineData("id", "label VARCHAR(200), bucket VARCHAR(200), objects VARCHAR(200)")]
    [InlineData("bucket", "id VARCHAR(200), objects VARCHAR(200)")]
    [InlineData("objects", "id VARCHAR(200), bucket VARCHAR(200)")]
    public async Task A_required_column_that_is_missing_is_named(string missing, string columns)
    {
        Assert.Null(await Store.FindAsync("any", Token));
        await ReplaceTableAsync(columns);
        await using var started = Fixture.Open();

        foreach (var store in (OpenedStore[])[Store, started])
        {
            var fault = await AssertMalformedAsync(async () => await store.FindAsync("any", Token));
            Assert.Contains($"no column '{missing}'", fault.Message, StringComparison.Ordinal);
            await AssertMalformedAsync(async () => await store.CheckAsync(Token));
        }
    }

    [Theory]
    [InlineData("123", true)]
    [InlineData("-5", true)]
    [InlineData("9223372036854775807", true)]
    [InlineData("123|1764460487", false)]
    [InlineData(" 123", false)]
    [InlineData("123 ", false)]
    [InlineData("0123", false)]
    [InlineData("+123", false)]
    [InlineData("123.0", false)]
    [InlineData("1.23e2", false)]
    [InlineData("0x7b", false)]
    [InlineData("١٢٣", false)]
    [InlineData("9223372036854775808", false)]
    [InlineData("abc", false)]
    [InlineData("", false)]
    public async Task An_integer_id_is_found_as_it_is_written_only(string id, bool found)
    {
        await ReplaceTableAsync("id BIGINT PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");
        foreach (var stored in (string[])["123", "-5", "9223372036854775807", "0"])
        {
            await Fixture.InsertAsync(new RawRecord(stored, "[]"));
        }

        Assert.Equal(found ? id : null, (await Store.FindAsync(id, Token))?.Id);
        Assert.Equal(found ? id : null, (await Store.FindAsync(id, Token))?.Id);
    }

    [Fact]
    public async Task An_integer_id_is_added_as_integer_and_no_other()
    {
        await ReplaceTableAsync("id INTEGER PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");
        var record = new DownloadRecord { Id = "42", Bucket = "", Objects = [] };

        Assert.True(await Store.TryAddAsync(record, Token));
        Assert.False(await Store.TryAddAsync(record, Token));
        Assert.NotNull(await Store.FindAsync("42", Token));
        var fault = await AssertMalformedAsync(
            async () => await Store.TryAddAsync(new DownloadRecord { Id = "a", Bucket = "", Objects = [] }, Token));
        Assert.Contains("'a' does not fit the column 'id'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_without_a_column_is_not_dropped_silently()
    {
        await ReplaceTableAsync("id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");

        var fault = await AssertMalformedAsync(async () => await Store.TryAddAsync(
            new DownloadRecord { Id = "a", Bucket = "", Objects = [], Password = "secret" }, Token));

        Assert.Contains("no column 'password'", fault.Message, StringComparison.Ordinal);
        Assert.Null(await Store.FindAsync("a", Token));
    }

    [Fact]
    public async Task An_id_column_that_gets_another_type_is_detected()
    {
        var time = new FakeTimeProvider();
        await using var store = Fixture.Open(time);
        await ReplaceTableAsync("id BIGINT PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");
        await Fixture.InsertAsync(new RawRecord("123", "[]"));
        Assert.NotNull(await store.FindAsync("123", Token));

        await ReplaceTableAsync("id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200)");
        await Fixture.InsertAsync(new RawRecord("abc", "[]"));
        await Fixture.InsertAsync(new RawRecord("123", "[]"));
        Assert.NotNull(await store.FindAsync("123", Token));

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await store.FindAsync("abc", Token));
    }

    [Fact]
    public async Task Table_and_id_column_may_have_other_names()
    {
        await Fixture.ExecuteAsync("CREATE TABLE zip_orders (order_key VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200))");
        await Fixture.ExecuteAsync("INSERT INTO zip_orders VALUES ('one', 'b', '[]')");
        await using var store = Fixture.Open(change: options => options with { TableName = "zip_orders", IdField = "Order_Key" });

        Assert.NotNull(await store.FindAsync("one", Token));
        Assert.True(await store.TryAddAsync(new DownloadRecord { Id = "two", Bucket = "", Objects = [] }, Token));
        Assert.NotNull(await store.FindAsync("two", Token));
    }

    [Fact]
    public async Task Broken_json_is_a_fault_that_names_the_field()
    {
        await ReplaceTableAsync("id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200), custom_headers VARCHAR(200)");
        await Fixture.InsertAsync(new RawRecord("objects", """["a" """));
        await Fixture.InsertAsync(new RawRecord("custom_headers", "[]") { CustomHeaders = "{X: 1}" });

        foreach (var field in (string[])["objects", "custom_headers"])
        {
            var fault = await AssertMalformedAsync(async () => await Store.FindAsync(field, Token));
            Assert.Contains($": {field} is not valid JSON: ", fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("bucket")]
    [InlineData("name")]
    [InlineData("callback")]
    [InlineData("password")]
    [InlineData("custom_headers")]
    [InlineData("checksum_file")]
    public async Task A_text_that_is_too_long_is_a_fault_that_names_its_column(string field)
    {
        await ReplaceTableAsync($"id VARCHAR(200) PRIMARY KEY, bucket {Fixture.LongTextType}, objects {Fixture.LongTextType}"
            + string.Concat(new[] { "name", "callback", "password", "custom_headers", "checksum_file" }.Select(column => $", {column} {Fixture.LongTextType}")));
        await Fixture.ExecuteAsync($"INSERT INTO downloads (id, {(field == "bucket" ? "" : "bucket, ")}objects, {field}) "
            + $"VALUES ('a', {(field == "bucket" ? "" : "'b', ")}'[]', '{new string('1', (64 << 10) + 1)}')");

        var fault = await AssertMalformedAsync(async () => await Store.FindAsync("a", Token));

        Assert.Contains($"'a' cannot be read: {field} is longer than 65536 bytes", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BOOLEAN")]
    [InlineData("SMALLINT")]
    [InlineData("BIGINT")]
    [InlineData("VARCHAR(10)")]
    [InlineData("TEXT")]
    public async Task Whether_there_is_a_checksum_file_is_a_boolean_a_number_or_a_text(string type)
    {
        await ReplaceTableAsync($"id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200), checksum_file {type}");
        foreach (var flag in (bool?[])[true, false, null])
        {
            var id = $"{flag}";
            await Fixture.InsertAsync(new RawRecord($"raw-{id}", "[]") { ChecksumFile = flag });
            Assert.True(await Store.TryAddAsync(new DownloadRecord { Id = id, Bucket = "b", Objects = [], ChecksumFile = flag }, Token));
            Assert.Equal((flag, flag), ((await Store.FindAsync($"raw-{id}", Token))!.ChecksumFile, (await Store.FindAsync(id, Token))!.ChecksumFile));
        }
    }

    [Theory]
    [InlineData("VARCHAR(10)", "'TRUE'", true)]
    [InlineData("VARCHAR(10)", "'false'", false)]
    [InlineData("VARCHAR(10)", "''", null)]
    public async Task A_text_may_be_a_word_or_empty(string type, string literal, bool? expected)
    {
        await ReplaceTableAsync($"id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200), checksum_file {type}");
        await Fixture.ExecuteAsync($"INSERT INTO downloads VALUES ('a', 'b', '[]', {literal})");
        Assert.Equal(expected, (await Store.FindAsync("a", Token))!.ChecksumFile);
    }

    [Theory]
    [InlineData("VARCHAR(10)", "'maybe'")]
    [InlineData("INTEGER", "2")]
    public async Task Anything_else_is_a_fault_that_names_the_field(string type, string literal)
    {
        await ReplaceTableAsync($"id VARCHAR(200) PRIMARY KEY, bucket VARCHAR(200), objects VARCHAR(200), checksum_file {type}");
        await Fixture.ExecuteAsync($"INSERT INTO downloads VALUES ('a', 'b', '[]', {literal})");
        var fault = await AssertMalformedAsync(async () => await Store.FindAsync("a", Token));
        Assert.Contains("checksum_file must be true or false", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_column_that_can_hold_no_ids_is_a_fault_that_names_its_type()
    {
        await ReplaceTableAsync($"id REAL, bucket VARCHAR(200), objects VARCHAR(200)");

        var fault = await AssertMalformedAsync(async () => await Store.FindAsync("any", Token));

        Assert.Contains("the id column 'id' of the table 'downloads' has the type ", fault.Message, StringComparison.Ordinal);
    }

    protected async Task ReplaceTableAsync(string columns)
    {
        await Fixture.ExecuteAsync("DROP TABLE downloads");
        await Fixture.ExecuteAsync($"CREATE TABLE downloads ({columns})");
    }

    protected static async Task<BackendException> AssertMalformedAsync(Func<Task> act)
    {
        var fault = await Assert.ThrowsAsync<BackendException>(act);
        Assert.Equal((Backend.Database, BackendFault.Malformed), (fault.Backend, fault.Fault));
        return fault;
    }
}
