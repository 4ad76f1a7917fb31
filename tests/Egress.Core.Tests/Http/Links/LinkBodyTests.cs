using System.Text;
using Egress.Core.Tests.Settings;
using Egress.Http.Links;
using Egress.Links;
using Egress.Records;
using Egress.Signing;
using Egress.TestKit.Downloads;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Links;

/// <summary>Tests of the body of <c>POST /links</c>: accepted values, and the field and the reason of each refusal.</summary>
public sealed class LinkBodyTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(BadLinkBodies.Everywhere), MemberType = typeof(BadLinkBodies))]
    [MemberData(nameof(BadLinkBodies.BySettings), MemberType = typeof(BadLinkBodies))]
    public async Task A_bad_body_is_refused_with_field_and_reason_in_pieces_of_any_length(string body, string field, string reason)
    {
        foreach (var piece in new[] { 1, 7, int.MaxValue })
        {
            var errors = await ErrorsAsync(body, piece);
            var error = Assert.Single(errors, error => error.Field == field);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(int.MaxValue)]
    public async Task Everything_that_is_allowed_is_read(int piece)
    {
        var (record, expiry, body, errors) = await ReadAsync(
            """
            {"custom_headers":{"X-A":"1"},"check":false,"objects":["ä😀",{"key":"k","name":"n/<b>.txt","bucket":"other","size":5,"crc32":"0000000f",
            "modified":"2024-05-31T12:00:00+02:00"},{"prefix":""},{"folder":"e/"}],"id":"a/b","bucket":"b","name":"<script>","callback":
            "https://app.example.com/x","expires_at":"2026-05-01T13:00:00.9+00:00","password":null,"max_downloads":1000000,"expires_in":null,"checksum_file":true}
            """,
            piece);
        Assert.Empty(errors);
        Assert.Equal(("a/b", "b", "<script>", "https://app.example.com/x", null), (record.Id, record.Bucket, record.Name, record.Callback, record.Password));
        Assert.Equal("1", record.CustomHeaders["X-A"]);
        Assert.True(record.ChecksumFile);
        Assert.Equal(new DateTimeOffset(2026, 5, 1, 13, 0, 0, TimeSpan.Zero), expiry);
        Assert.False(body.Check);
        Assert.Equal(1_000_000, body.MaxDownloads);
        Assert.Equal(
            [
                new ObjectItem("ä😀"),
                new ObjectItem("k")
                {
                    Name = "n/<b>.txt", Bucket = "other", Size = 5, Crc32 = 15,
                    Modified = new DateTimeOffset(2024, 5, 31, 12, 0, 0, TimeSpan.FromHours(2)),
                },
                new PrefixItem(""),
                new FolderItem("e/"),
            ],
            record.Objects);
    }

    [Fact]
    public async Task Without_an_id_the_link_gets_a_UUID_of_version_7_and_without_an_expiry_that_of_the_settings()
    {
        var (record, expiry, _, _) = await ReadAsync("""{"bucket":"b","objects":["a"]}""");
        Assert.Equal(7, Guid.Parse(record.Id).Version);
        Assert.Equal(Time.GetUtcNow().AddHours(24), expiry);
    }

    [Fact]
    public async Task Several_faults_are_named_at_once_and_not_more_than_helps()
    {
        var errors = await ErrorsAsync("""{"objects":[1,{"key":"a","x":1}],"call_back":"a","expires_in":"?"}""");
        Assert.Equal(["call_back", "expires_in", "objects[0]", "objects[1].x"], errors.Select(error => error.Field).Order(StringComparer.Ordinal));
        var many = await ErrorsAsync($$"""{"bucket":"b","objects":[{{string.Join(',', Enumerable.Repeat("1", 1000))}}]}""");
        Assert.InRange(many.Count, 20, 22);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_before_it_is_read_whole()
    {
        var endless = new EndlessBody("""{"bucket":"b","objects":[""", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",");
        var (_, problem) = await LinkBodyReader.ReadAsync(endless, new RecordLimits(1 << 20, 0), Token);
        Assert.Equal((413, "body-too-large"), (problem!.Status, problem.Code));
        Assert.InRange(endless.Sent, 1 << 20, (1 << 20) + (64 << 10));
    }

    [Fact]
    public async Task A_field_above_its_limit_is_refused_without_holding_more()
    {
        var endless = new EndlessBody("{\"name\":\"", "aaaaaaaaaaaaaaaa");
        var (_, problem) = await LinkBodyReader.ReadAsync(endless, new RecordLimits(0, 0), Token);
        Assert.Equal(400, problem!.Status);
        Assert.InRange(endless.Sent, 1 << 20, 3 << 20);
    }

    [Fact]
    public async Task Too_many_objects_end_the_reading()
    {
        var endless = new EndlessBody("""{"bucket":"b","objects":[""", "\"a\",");
        var (body, problem) = await LinkBodyReader.ReadAsync(endless, new RecordLimits(0, 5), Token);
        Assert.Null(problem);
        Assert.True(body.HasMoreObjects);
        Assert.InRange(endless.Sent, 1, 64 << 10);
    }

    private static async Task<IReadOnlyList<FieldError>> ErrorsAsync(string body, int piece = int.MaxValue) => (await ReadAsync(body, piece)).Errors;

    private static async Task<(DownloadRecord Record, DateTimeOffset? Expiry, LinkBody Body, IReadOnlyList<FieldError> Errors)> ReadAsync(
        string text, int piece = int.MaxValue)
    {
        var settings = TestSettings.Read(
            TestSettings.Database, ("SIGNING_SECRET", "0123456789abcdef"), ("REQUIRE_EXPIRY", "true"), ("MAX_LINK_LIFETIME", "720h"),
            ("CALLBACK_ALLOWED_HOSTS", "app.example.com"), ("MAX_FILES_PER_REQUEST", "5"));
        var checks = new LinkBodyChecks(
            new LinkSigner(settings.Signing), settings.Signing, settings.Downloads, settings.Callbacks, settings.Storage, Time);
        var (body, problem) = await LinkBodyReader.ReadAsync(new PiecewiseStream(Encoding.UTF8.GetBytes(text), piece), settings.Records.Limits, Token);
        if (problem is not null)
        {
            Assert.Equal(400, problem.Status);
            return (new DownloadRecord { Id = "", Bucket = "", Objects = [] }, null, body, problem.Errors!);
        }

        var (record, expiry) = checks.Check(body, body.Errors);
        return (record, expiry, body, body.Errors);
    }

    private sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }

    private sealed class EndlessBody(string begin, string rest) : MemoryStream
    {
        private readonly byte[] _begin = Encoding.UTF8.GetBytes(begin);
        private readonly byte[] _rest = Encoding.UTF8.GetBytes(rest);

        public long Sent { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++, Sent++)
            {
                buffer.Span[i] = Sent < _begin.Length ? _begin[Sent] : _rest[(Sent - _begin.Length) % _rest.Length];
            }

            return new(buffer.Length);
        }
    }
}
