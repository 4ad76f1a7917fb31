using System.Globalization;
using Egress.Backends;
using Egress.Records;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>The tests of every record store.</summary>
public abstract class RecordStoreContract : StoreContract
{
    private OpenedStore? _store;

    private protected OpenedStore Store => _store ??= Fixture.Open();

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task Every_field_of_a_record_is_read()
    {
        await Fixture.InsertAsync(new RawRecord("full", """["a/b.txt", {"key": "c d#%+.bin", "name": "x/ü.bin", "bucket": "other", "size": 12, "crc32": "0a1B2c3d", "modified": "2024-05-31T12:00:00+02:00", "later": [1]}, {"prefix": "p/", "name": "all", "bucket": "third"}]""")
        {
            Name = "Ünï 'archive'",
            Callback = "https://example.com/hook?a=b&c=d",
            Password = @"p'a\""s;s",
            CustomHeaders = """{"X-One": "1", "Cache-Control": "no-store"}""",
            ChecksumFile = true,
        });

        var record = await Store.FindAsync("full", Token);

        Assert.NotNull(record);
        Assert.Equal("full", record.Id);
        Assert.Equal("bucket", record.Bucket);
        Assert.Equal("Ünï 'archive'", record.Name);
        Assert.Equal("https://example.com/hook?a=b&c=d", record.Callback);
        Assert.Equal(@"p'a\""s;s", record.Password);
        Assert.Equal("1", record.CustomHeaders["X-One"]);
        Assert.Equal("no-store", record.CustomHeaders["cache-control"]);
        Assert.True(record.ChecksumFile);
        Assert.Equal(
            [
                new ObjectItem("a/b.txt"),
                new ObjectItem("c d#%+.bin")
                {
                    Name = "x/ü.bin", Bucket = "other", Size = 12, Crc32 = 0x0a1b2c3d, Modified = new(2024, 5, 31, 12, 0, 0, TimeSpan.FromHours(2)),
                },
                new PrefixItem("p/") { Name = "all", Bucket = "third" },
            ],
            record.Objects);
    }

    [Fact]
    public async Task Fields_may_be_null_or_empty()
    {
        await Fixture.InsertAsync(new RawRecord("nulls", "[]") { Bucket = null });
        await Fixture.InsertAsync(new RawRecord("empty", "[]") { Bucket = "", Name = "", Callback = "", Password = "" });

        foreach (var id in (string[])["nulls", "empty"])
        {
            var record = await Store.FindAsync(id, Token);

            Assert.NotNull(record);
            Assert.Equal("", record.Bucket);
            Assert.Empty(record.Objects);
            Assert.Null(record.Name);
            Assert.Null(record.Callback);
            Assert.Null(record.Password);
            Assert.Empty(record.CustomHeaders);
            Assert.Null(record.ChecksumFile);
        }
    }

    [Fact]
    public async Task A_record_that_does_not_exist_is_not_a_fault() => Assert.Null(await Store.FindAsync("nothing", Token));

    [Theory]
    [InlineData("019ad1fc-a742-709e-81e2-59eff89576a5")]
    [InlineData("123")]
    [InlineData("0123")]
    [InlineData("ünï-日本-😀")]
    [InlineData("it's \"quoted\" `here` \\ ; DROP TABLE downloads --")]
    [InlineData("a/b c?d#e%20f+g")]
    [InlineData("Case")]
    public async Task A_text_id_is_found_as_it_is_written(string id)
    {
        await Fixture.InsertAsync(new RawRecord(id, "[]"));

        Assert.Equal(id, (await Store.FindAsync(id, Token))?.Id);
    }

    [Theory]
    [InlineData("abc", "ABC")]
    [InlineData("abc", "abc ")]
    [InlineData("abc", " abc")]
    [InlineData("abc", "abc|1764460487")]
    [InlineData("abc", "abc\0")]
    [InlineData("abc", "äbc")]
    [InlineData("abc", "")]
    [InlineData("abc", "%")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%2Fb", "a%2fb")]
    [InlineData("a b", "a%20b")]
    [InlineData("a b", "a+b")]
    [InlineData("a%41", "aA")]
    [InlineData("ü", "u\u0308")]
    [InlineData("123", "0123")]
    [InlineData("123", "123|1764460487")]
    [InlineData("019ad1fc-a742-709e-81e2-59eff89576a5", "019AD1FC-A742-709E-81E2-59EFF89576A5")]
    public async Task An_id_matches_itself_only(string stored, string asked)
    {
        await Fixture.InsertAsync(new RawRecord(stored, "[]"));

        Assert.Null(await Store.FindAsync(asked, Token));
    }

    // This test is not a theory, because an attribute cannot contain half of a surrogate pair. It would be encoded as the replacement character.
    [Fact]
    public async Task Half_a_character_matches_nothing()
    {
        await Fixture.InsertAsync(new RawRecord("a\uFFFD", "[]"));

        Assert.Null(await Store.FindAsync($"a{(char)0xD800}", Token));
    }

    [Fact]
    public async Task A_record_of_ten_thousand_objects_is_read()
    {
        var keys = Enumerable.Range(0, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"photos/2024/{i:D5}.jpg")).ToArray();
        await Fixture.InsertAsync(new RawRecord("big", $"[{string.Join(',', keys.Select(key => $"\"{key}\""))}]"));

        var record = await Store.FindAsync("big", Token);

        Assert.Equal(keys, record!.Objects.Cast<ObjectItem>().Select(item => item.Key));
    }

    [Fact]
    public async Task Unusual_items_are_read()
    {
        await Fixture.InsertAsync(new RawRecord("odd", """
            [{"folder": "empty/"}, {"prefix": ""}, {"key": "leap", "modified": "2016-12-31T23:59:60Z"}, {"key": "/a//b/", "bucket": "b/c", "size": 0}]
            """));

        var record = await Store.FindAsync("odd", Token);

        Assert.Equal(
            [
                new FolderItem("empty/"), new PrefixItem(""), new ObjectItem("leap") { Modified = new(2017, 1, 1, 0, 0, 0, TimeSpan.Zero) },
                new ObjectItem("/a//b/") { Bucket = "b/c", Size = 0 },
            ],
            record!.Objects);
        Assert.False(record.HasMoreObjects);
    }

    [Theory]
    [InlineData(0, 5, false)]
    [InlineData(4, 5, false)]
    [InlineData(3, 4, true)]
    public async Task Objects_beyond_the_limit_are_not_read(int limit, int read, bool hasMore)
    {
        await Fixture.InsertAsync(new RawRecord("many", """["a", {"prefix": "p/"}, "b", "c", "d"]""") { Name = "n" });
        await using var store = Fixture.Open(change: options => options with { MaxObjects = limit });

        var record = await store.FindAsync("many", Token);

        Assert.Equal((read, hasMore, "n"), (record!.Objects.Count, record.HasMoreObjects, record.Name));
    }

    [Fact]
    public async Task A_record_beyond_the_limit_of_bytes_is_a_fault()
    {
        await Fixture.InsertAsync(new RawRecord("large", $"[{string.Join(',', Enumerable.Repeat("\"0123456789\"", 1000))}]"));
        await using var store = Fixture.Open(change: options => options with { MaxRecordSize = 10_000 });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("large", Token));

        Assert.Equal(BackendFault.Malformed, fault.Fault);
        Assert.Contains("MAX_RECORD_SIZE", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(await Store.FindAsync("large", Token));
    }

    /// <summary>The objects of the record have 10,000 characters and 20,000 bytes.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(25_000, true)]
    [InlineData(15_000, false)]
    [InlineData(5_000, false)]
    public async Task The_limit_counts_bytes_of_UTF_8(int limit, bool isRead)
    {
        await Fixture.InsertAsync(new RawRecord("umlauts", $"""["{new string('ü', 10_000)}"]"""));
        await using var store = Fixture.Open(change: options => options with { MaxRecordSize = limit });

        var fault = await Record.ExceptionAsync(async () => await store.FindAsync("umlauts", Token));

        Assert.Equal(isRead, fault is null);
        Assert.True(isRead || fault is BackendException { Fault: BackendFault.Malformed }, $"{fault}");
        Assert.Null(await store.FindAsync("nothing", Token));
    }

    [Fact]
    public async Task A_key_that_no_storage_can_hold_is_a_fault()
    {
        await Fixture.InsertAsync(new RawRecord("long", $$"""["a", {"key": "{{new string('k', 10 << 20)}}"}]"""));

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await Store.FindAsync("long", Token));

        Assert.Equal(BackendFault.Malformed, fault.Fault);
        Assert.Contains("'long' cannot be read: objects", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["a", {"key": "b", "size": -1}]""", "objects[1].size")]
    [InlineData("""[7]""", "objects[0]")]
    [InlineData("""{"key": "a"}""", "objects")]
    public async Task An_unreadable_record_is_a_fault_that_names_the_place(string objects, string place)
    {
        await Fixture.InsertAsync(new RawRecord("bad", objects));

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await Store.FindAsync("bad", Token));

        Assert.Equal((Backend.Database, BackendFault.Malformed), (fault.Backend, fault.Fault));
        Assert.Contains($"'bad' cannot be read: {place} ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unreadable_headers_are_a_fault_that_names_the_header()
    {
        await Fixture.InsertAsync(new RawRecord("bad", "[]") { CustomHeaders = """{"X-Number": 5}""" });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await Store.FindAsync("bad", Token));

        Assert.Equal(BackendFault.Malformed, fault.Fault);
        Assert.Contains("custom_headers.X-Number", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_added_record_is_found()
    {
        var record = NewRecord("added-😀");

        Assert.True(await Store.TryAddAsync(record, Token));
        var found = await Store.FindAsync(record.Id, Token);

        Assert.Equivalent(record, found, strict: true);
    }

    [Fact]
    public async Task An_existing_record_is_not_changed()
    {
        Assert.True(await Store.TryAddAsync(NewRecord("twice"), Token));

        Assert.False(await Store.TryAddAsync(new DownloadRecord { Id = "twice", Bucket = "other", Objects = [] }, Token));
        Assert.Equal("bucket", (await Store.FindAsync("twice", Token))?.Bucket);
    }

    [Fact]
    public async Task Only_one_of_many_writers_adds_the_same_id()
    {
        await Store.TryAddAsync(NewRecord("other"), Token);

        var added = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Store.TryAddAsync(NewRecord("same"), Token).AsTask()));

        Assert.Single(added, succeeded => succeeded);
    }

    [Fact]
    public async Task More_callers_than_connections_are_served()
    {
        await Fixture.InsertAsync(new RawRecord("busy", "[]"));
        await using var store = Fixture.Open(change: options => options with { MaxConnections = 2 });

        var found = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => store.FindAsync("busy", Token).AsTask()));

        Assert.All(found, Assert.NotNull);
    }

    [Fact]
    public async Task A_cancelled_call_is_not_a_fault()
    {
        using var left = new CancellationTokenSource();
        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.FindAsync("any", left.Token));
    }

    [Fact]
    public async Task The_probe_reports_nothing_for_a_working_store()
    {
        await Fixture.InsertAsync(new RawRecord("any", "[]"));

        await Store.CheckAsync(Token);
    }

    protected static DownloadRecord NewRecord(string id) => new()
    {
        Id = id,
        Bucket = "bucket",
        Objects =
        [
            new ObjectItem("a/ü.txt"),
            new ObjectItem("b") { Name = "c", Bucket = "d", Size = 0, Crc32 = 1, Modified = new(2024, 5, 31, 12, 0, 0, 123, TimeSpan.Zero) },
            new PrefixItem("") { Name = "all" },
        ],
        Name = "Archive",
        Callback = "https://example.com/",
        Password = "päss",
        CustomHeaders = new Dictionary<string, string> { ["X-One"] = "1" },
        ChecksumFile = false,
    };
}
