using System.Globalization;
using System.Text;
using CsCheck;
using Egress.Backends;
using Egress.Records;
using Egress.Records.Json;
using Xunit;

namespace Egress.Core.Tests.Records.Json;

public class RecordDocumentTests
{
    internal static readonly Gen<string> SomeText = Gen.String[Gen.OneOf(Gen.Char['\u0001', '\uD7FF'], Gen.Char['\uE000', '\uFFFD']), 1, 8];

    internal static readonly Gen<RecordItem> SomeItem = Gen.Select(
        SomeText, SomeText.Null(), SomeText.Null(), Gen.Long[0, long.MaxValue].Nullable(), Gen.UInt.Nullable(), Gen.DateTimeOffset.Nullable(), Gen.Int[0, 2],
        RecordItem (key, name, bucket, size, crc, modified, kind) => kind switch
        {
            0 => new PrefixItem(key) { Name = name, Bucket = bucket },
            1 => new FolderItem($"{key}a"),
            _ => new ObjectItem(key) { Name = name, Bucket = bucket, Size = size, Crc32 = crc, Modified = modified },
        });

    internal static readonly Gen<DownloadRecord> SomeRecord = Gen.Select(
        SomeText, SomeItem.List[0, 5], SomeText.Null(), SomeText.Null(), SomeText.Null(),
        Gen.Select(Gen.Dictionary(SomeText.Select(text => text.ToUpperInvariant()), SomeText)[0, 3], Gen.Bool.Nullable()),
        (id, items, name, callback, password, rest) => new DownloadRecord
        {
            Id = id,
            Bucket = id,
            Objects = items,
            Name = name,
            Callback = callback,
            Password = password,
            CustomHeaders = rest.Item1,
            ChecksumFile = rest.Item2,
        });

    [Fact]
    public void A_record_is_read_as_the_Go_server_wrote_it()
    {
        var record = Read("""
            {"id":"x","bucket":"test-bucket","objects":["document.txt","a\u0026b\u003cc.txt"],"name":"basic","password":"secret123","custom_headers":{"X-Custom-Header":"test-value"}}
            """);

        Assert.Equal("asked", record.Id);
        Assert.Equal("test-bucket", record.Bucket);
        Assert.Equal([new ObjectItem("document.txt"), new ObjectItem("a&b<c.txt")], record.Objects);
        Assert.Equal("basic", record.Name);
        Assert.Equal("secret123", record.Password);
        Assert.Null(record.Callback);
        Assert.Equal("test-value", record.CustomHeaders["x-custom-header"]);
    }

    [Fact]
    public void Fields_are_found_without_regard_to_case_as_in_Go() =>
        Assert.Equal("b", Read("""{"Bucket": "b", "OBJECTS": ["a"]}""").Bucket);

    [Theory]
    [InlineData("""["a", 5]""", "objects[1] must be a key or an object, not a number")]
    [InlineData("""[null]""", "objects[0] must be a key or an object, not null")]
    [InlineData("""[["a"]]""", "objects[0] must be a key or an object, not an array")]
    [InlineData("""["a", ""]""", "objects[1] must not be empty")]
    [InlineData("""["\ud800"]""", "objects[0] is not valid Unicode")]
    [InlineData("""[{}]""", "objects[0] has neither")]
    [InlineData("""[{"key": null}]""", "objects[0] has neither")]
    [InlineData("""[{"\ud800": 1, "key": 1}]""", "objects[0]")]
    [InlineData("""[{"key": "a", "prefix": "b"}]""", "objects[0] has both")]
    [InlineData("""[{"key": ""}]""", "objects[0].key must not be empty")]
    [InlineData("""[{"key": ["a"]}]""", "objects[0].key must be text, not an array")]
    [InlineData("""[{"prefix": false}]""", "objects[0].prefix must be text, not a boolean")]
    [InlineData("""[{"key": "a", "name": 1}]""", "objects[0].name must be text, not a number")]
    [InlineData("""[{"key": "a", "bucket": {}}]""", "objects[0].bucket must be text, not an object")]
    [InlineData("""["a", "b", "c", {"key": "d", "size": -1}]""", "objects[3].size must be a whole number of bytes")]
    [InlineData("""[{"key": "a", "size": 1.5}]""", "objects[0].size must be")]
    [InlineData("""[{"key": "a", "size": "1"}]""", "objects[0].size must be")]
    [InlineData("""[{"key": "a", "size": 9223372036854775808}]""", "objects[0].size must be")]
    [InlineData("""[{"key": "a", "crc32": "123"}]""", "objects[0].crc32 must be 8 hexadecimal digits")]
    [InlineData("""[{"key": "a", "crc32": "0x123456"}]""", "objects[0].crc32 must be")]
    [InlineData("""[{"key": "a", "crc32": " 1234567"}]""", "objects[0].crc32 must be")]
    [InlineData("""[{"key": "a", "crc32": 12345678}]""", "objects[0].crc32 must be text")]
    [InlineData("""[{"key": "a", "modified": "2024-05-31"}]""", "objects[0].modified must be a time as in RFC 3339")]
    [InlineData("""[{"key": "a", "modified": "2024-05-31T12:00:00"}]""", "objects[0].modified must be")]
    [InlineData("""[{"key": "a", "modified": "2024-02-30T12:00:00Z"}]""", "objects[0].modified must be")]
    [InlineData("""[{"key": "a", "modified": "31/05/2024 12:00"}]""", "objects[0].modified must be")]
    [InlineData("""[{"key": "a", "modified": 1717152000}]""", "objects[0].modified must be text")]
    [InlineData("""[{"folder": ""}]""", "objects[0].folder must not be empty")]
    [InlineData("""[{"folder": "//"}]""", "objects[0].folder must not be empty")]
    [InlineData("""[{"folder": 1}]""", "objects[0].folder must be text, not a number")]
    [InlineData("""[{"folder": "a/", "key": "b"}]""", "objects[0] has both")]
    [InlineData("""[{"folder": "a/", "name": "b"}]""", "objects[0] has \"name\" or \"bucket\" beside \"folder\"")]
    [InlineData("""[{"key": "a", "modified": "2016-12-31T23:58:60Z"}]""", "objects[0].modified must be a time as in RFC 3339")]
    [InlineData("""[{"key": "a", "modified": "2016-12-30T23:59:60Z"}]""", "objects[0].modified must be")]
    [InlineData("""[{"key": "a", "modified": "2016-12-31T23:59:61Z"}]""", "objects[0].modified must be")]
    [InlineData("""[{"key": "a", "modified": "9999-12-31T23:59:60Z"}]""", "objects[0].modified must be")]
    [InlineData("\"a\"", "objects must be an array, not text")]
    [InlineData("{}", "objects must be an array, not an object")]
    public void An_item_that_cannot_be_read_is_named(string objects, string problem)
    {
        var fault = Assert.Throws<BackendException>(() => Read($$"""{"bucket": "b", "objects": {{objects}}}"""));

        Assert.Equal((Backend.Database, BackendFault.Malformed), (fault.Backend, fault.Fault));
        Assert.Contains($"The record 'asked' cannot be read: {problem}", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "custom_headers must be an object, not an array")]
    [InlineData("""{"A": "1", "B": null}""", "custom_headers.B must be text, not null")]
    [InlineData("""{"\udc00": "1"}""", "custom_headers")]
    public void Headers_that_cannot_be_read_are_named(string headers, string problem)
    {
        var fault = Assert.Throws<BackendException>(() => Read($$"""{"bucket": "b", "objects": [], "custom_headers": {{headers}}}"""));

        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_are_unknown_null_or_empty_are_left_out()
    {
        var record = Read("""
            {"bucket": null, "name": "", "callback": null, "custom_headers": null, "max_downloads": 3,
             "objects": [{"key": "a", "name": "", "bucket": null, "size": null, "crc32": null, "modified": null, "etag": {"deep": [1]}}]}
            """);

        Assert.Equal("", record.Bucket);
        Assert.Null(record.Name);
        Assert.Empty(record.CustomHeaders);
        Assert.Equal([new ObjectItem("a")], record.Objects);
    }

    [Theory]
    [InlineData("2024-05-31T12:00:00Z", "2024-05-31T12:00:00.0000000+00:00")]
    [InlineData("2024-05-31t12:00:00z", "2024-05-31T12:00:00.0000000+00:00")]
    [InlineData("2024-05-31 12:00:00+05:30", "2024-05-31T12:00:00.0000000+05:30")]
    [InlineData("2024-05-31T12:00:00.5-07:00", "2024-05-31T12:00:00.5000000-07:00")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.0000000+00:00")]
    [InlineData("2015-06-30T23:59:60.5Z", "2015-07-01T00:00:00.5000000+00:00")]
    [InlineData("1990-12-31T15:59:60-08:00", "1990-12-31T16:00:00.0000000-08:00")]
    [InlineData("2024-05-31T12:00:00.123456789Z", "2024-05-31T12:00:00.1234568+00:00")]
    public void Times_are_read_in_every_form_of_RFC_3339(string text, string expected)
    {
        var item = Assert.IsType<ObjectItem>(Assert.Single(Read($$"""{"objects": [{"key": "a", "modified": "{{text}}"}]}""").Objects));

        Assert.Equal(expected, item.Modified?.ToString("O", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Written_values_are_read_back() => SomeRecord.Sample(record =>
    {
        var read = RecordDocument.Read(record.Id, RecordDocument.Write(record));

        Assert.Equivalent(record, read, strict: true);
    });

    [Fact]
    public void A_folder_is_an_item()
    {
        var items = Read("""{"objects": [{"folder": "empty/"}, {"folder": "a/b"}, "c"]}""").Objects;

        Assert.Equal([new FolderItem("empty/"), new FolderItem("a/b"), new ObjectItem("c")], items);
    }

    [Theory]
    [InlineData(0, 4, false)]
    [InlineData(3, 4, false)]
    [InlineData(2, 3, true)]
    [InlineData(1, 2, true)]
    public void Objects_beyond_the_limit_are_not_read(int limit, int read, bool hasMore)
    {
        var json = """{"objects": ["a", {"prefix": "p/"}, "b", "c"], "name": "n"}"""u8.ToArray();

        var record = RecordDocument.Read("asked", json, new RecordLimits(0, limit));

        Assert.Equal((read, hasMore), (record.Objects.Count, record.HasMoreObjects));
        Assert.Equal("n", record.Name);
    }

    [Fact]
    public void A_record_of_exactly_the_limit_is_accepted()
    {
        var json = """{"objects": []}"""u8.ToArray();

        Assert.Empty(RecordDocument.Read("asked", json, new RecordLimits(json.Length, 0)).Objects);
        var fault = Assert.Throws<BackendException>(() => RecordDocument.Read("asked", json, new RecordLimits(json.Length - 1, 0)));
        Assert.Contains("is larger than 14 (MAX_RECORD_SIZE)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bucket")]
    [InlineData("name")]
    [InlineData("custom_headers")]
    public void A_text_has_a_longest_length(string field)
    {
        var value = $"\"{new string('a', RecordLimits.MaxText + 1)}\"";
        var fault = Assert.Throws<BackendException>(
            () => Read($$"""{"objects": [], "{{field}}": {{(field is "custom_headers" ? $$"""{"X-A": {{value}}}""" : value)}}}"""));

        Assert.Contains($"{field}{(field is "custom_headers" ? ".X-A" : "")} is longer than 65536 bytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_that_are_described_by_their_key_alone_are_written_as_text()
    {
        var record = new DownloadRecord { Id = "i", Bucket = "b", Objects = [new ObjectItem("ü/日本.txt"), new PrefixItem("p/")] };

        Assert.Equal("""{"id":"i","bucket":"b","objects":["ü/日本.txt",{"prefix":"p/"}]}""", Encoding.UTF8.GetString(RecordDocument.Write(record).Span));
    }

    private static DownloadRecord Read(string json) => RecordDocument.Read("asked", Encoding.UTF8.GetBytes(json));
}
