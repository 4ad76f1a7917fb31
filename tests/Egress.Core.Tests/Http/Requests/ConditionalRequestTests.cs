using CsCheck;
using Egress.Downloads;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Zip;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

public sealed class ConditionalRequestTests
{
    private const string ETag = "\"0123\"";
    private const long Length = 1000;

    [Theory]
    [InlineData("W/")]
    [InlineData("\"a\", W/")]
    public void A_tag_that_ends_early_matches_nothing(string header)
    {
        Assert.Equal(412, Of(("If-Match", header)).Status);
        Assert.Equal(200, Of(("If-None-Match", header)).Status);
        Assert.Equal(200, Of(("Range", "bytes=1-"), ("If-Range", header)).Status);
    }

    [Theory]
    [InlineData("bytes=0-", 0, 1000)]
    [InlineData("bytes=10-19", 10, 20)]
    [InlineData("bytes=999-", 999, 1000)]
    [InlineData("bytes=10-100000", 10, 1000)]
    [InlineData("bytes=-1", 999, 1000)]
    [InlineData("bytes=-1000", 0, 1000)]
    [InlineData("bytes=-100000", 0, 1000)]
    [InlineData("BYTES=1-1", 1, 2)]
    [InlineData("bytes=0-9223372036854775807", 0, 1000)]
    public void One_range_is_served(string range, long from, long to)
    {
        var wanted = Of(("Range", range));
        Assert.Equal((206, new ArchiveRange(from, to)), (wanted.Status, wanted.Range));
        Assert.Equal(from > 0, wanted.IsResume);
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=--5")]
    [InlineData("bytes=99999999999999999999999-")]
    [InlineData("bytes 0-5")]
    [InlineData("lines=0-5")]
    [InlineData("0-5")]
    [InlineData("")]
    public void Malformed_and_multiple_ranges_get_the_whole_archive(string range) =>
        Assert.Equal((200, ArchiveRange.All), (Of(("Range", range)).Status, Of(("Range", range)).Range));

    [Theory]
    [InlineData("bytes=1000-")]
    [InlineData("bytes=5000-6000")]
    [InlineData("bytes=-0")]
    public void A_range_beyond_the_end_cannot_be_served(string range)
    {
        var rejection = Of(("Range", range)).Rejection;
        Assert.Equal((RejectionReason.RangeNotSatisfiable, Length), (rejection!.Reason, rejection.ArchiveLength));
    }

    [Fact]
    public async Task The_answer_to_an_unsatisfiable_range_has_the_length_of_the_archive()
    {
        var context = new DefaultHttpContext();
        await ProblemTable.For(Of(("Range", "bytes=1000-")).Rejection!).WriteAsync(context);
        Assert.Equal((416, "bytes */1000"), (context.Response.StatusCode, context.Response.Headers.ContentRange.ToString()));
    }

    [Theory]
    [InlineData("If-Match", ETag, 206)]
    [InlineData("If-Match", "\"x\", " + ETag, 206)]
    [InlineData("If-Match", "*", 206)]
    [InlineData("If-Match", "\"other\"", 412)]
    [InlineData("If-Match", "W/" + ETag, 412)]
    [InlineData("If-Match", "0123", 412)]
    [InlineData("If-None-Match", ETag, 304)]
    [InlineData("If-None-Match", "W/" + ETag, 304)]
    [InlineData("If-None-Match", "\"x\", " + ETag, 304)]
    [InlineData("If-None-Match", "*", 304)]
    [InlineData("If-None-Match", "\"other\"", 206)]
    [InlineData("If-None-Match", "0123", 206)]
    [InlineData("If-Range", ETag, 206)]
    [InlineData("If-Range", "\"other\"", 200)]
    [InlineData("If-Range", "W/" + ETag, 200)]
    [InlineData("If-Range", "Mon, 01 Jan 2024 00:00:00 GMT", 200)]
    [InlineData("If-Range", "0123", 200)]
    public void Conditions_decide_before_the_range(string header, string value, int status)
    {
        Assert.Equal(status, Of((header, value), ("Range", "bytes=5-")).Status);
        Assert.Equal(status == 206 ? 200 : status, Of((header, value)).Status);
    }

    [Fact]
    public void If_Match_takes_precedence_over_If_None_Match() =>
        Assert.Equal(412, Of(("If-Match", "\"other\""), ("If-None-Match", ETag)).Status);

    [Fact]
    public void HEAD_ignores_the_range_and_evaluates_the_conditions()
    {
        Assert.Equal(200, Of("HEAD", ETag, ("Range", "bytes=5-")).Status);
        Assert.Equal(200, Of("HEAD", ETag, ("Range", "bytes=5000-")).Status);
        Assert.Equal(304, Of("HEAD", ETag, ("If-None-Match", ETag)).Status);
        Assert.Equal(412, Of("HEAD", ETag, ("If-Match", "\"other\"")).Status);
    }

    [Fact]
    public void Without_a_validator_there_are_no_parts_and_no_version_matches()
    {
        Assert.Equal(200, Of("GET", null, ("Range", "bytes=5-")).Status);
        Assert.Equal(412, Of("GET", null, ("If-Match", ETag)).Status);
        Assert.Equal(200, Of("GET", null, ("If-Match", "*")).Status);
        Assert.Equal(200, Of("GET", null, ("If-None-Match", ETag)).Status);
    }

    [Theory]
    [InlineData("GET", "bytes=5-", ETag, true)]
    [InlineData("GET", "bytes=-5", ETag, true)]
    [InlineData("GET", "bytes=0-", ETag, false)]
    [InlineData("GET", "bytes=5-", null, false)]
    [InlineData("GET", "bytes=1-2,3-4", ETag, false)]
    [InlineData("GET", null, ETag, false)]
    [InlineData("HEAD", "bytes=5-", ETag, false)]
    public void Only_a_conditional_request_for_a_later_part_can_resume_with_an_expired_link(string method, string? range, string? ifRange, bool may)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Headers.Range, request.Headers.IfRange) = (method, range, ifRange);
        Assert.Equal(may, ConditionalRequest.MayResume(request));
    }

    [Fact]
    public void Any_headers_give_a_part_of_the_archive_or_a_refusal()
    {
        var text = Gen.OneOf(
            Gen.String[Gen.Char[" ,-=*\"W/bytes0123456789"], 0, 30],
            Gen.String[0, 30],
            Gen.Select(Gen.Long, Gen.Long, (a, b) => $"bytes={a}-{b}"),
            Gen.Select(Gen.Int[0, 2000], Gen.Int[0, 2000], (a, b) => $"bytes={a}-{b}"),
            Gen.Int[0, 2000].Select(a => $"bytes=-{a}"));
        var header = Gen.OneOf(Gen.Const("Range"), Gen.Const("If-Range"), Gen.Const("If-Match"), Gen.Const("If-None-Match"));
        Gen.Select(Gen.Select(header, text).Array[0, 4], Gen.Long[22, 2000]).Sample(
            (headers, length) =>
            {
                var request = new DefaultHttpContext().Request;
                request.Method = "GET";
                foreach (var (name, value) in headers)
                {
                    request.Headers.Append(name, value);
                }

                var wanted = ConditionalRequest.Of(request, ETag, length);
                var valid = wanted.Status switch
                {
                    200 => wanted.Range == ArchiveRange.All,
                    206 => wanted.Range is var (from, to) && from >= 0 && from < to && to <= length,
                    304 => wanted.Rejection is null,
                    412 or 416 => wanted.Rejection is not null,
                    _ => false,
                };
                ConditionalRequest.MayResume(request);
                return valid;
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("If-Modified-Since", "Wed, 21 Oct 2015 07:27:59 GMT", 200)]
    [InlineData("If-Modified-Since", "Wed, 21 Oct 2015 07:28:00 GMT", 304)]
    [InlineData("If-Modified-Since", "Wed, 21 Oct 2015 07:28:01 GMT", 304)]
    [InlineData("If-Modified-Since", "yesterday", 200)]
    [InlineData("If-Unmodified-Since", "Wed, 21 Oct 2015 07:27:59 GMT", 412)]
    [InlineData("If-Unmodified-Since", "Wed, 21 Oct 2015 07:28:00 GMT", 200)]
    [InlineData("If-Unmodified-Since", "", 200)]
    public void A_date_is_a_condition_where_the_time_of_the_last_change_is_known(string header, string date, int status)
    {
        var modified = new DateTimeOffset(2015, 10, 21, 9, 28, 0, 900, TimeSpan.FromHours(2));
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Headers[header]) = ("GET", date);
        Assert.Equal(status, ConditionalRequest.Of(request, ETag, Length, modified).Status);
        Assert.Equal(200, ConditionalRequest.Of(request, ETag, Length).Status);

        // An ETag takes precedence over a date (RFC 9110 13.2.2).
        (request.Headers.IfMatch, request.Headers.IfNoneMatch) = (ETag, "\"another\"");
        Assert.Equal(200, ConditionalRequest.Of(request, ETag, Length, modified).Status);
    }

    private static ConditionalRequest Of(params (string Name, string Value)[] headers) => Of("GET", ETag, headers);

    private static ConditionalRequest Of(string method, string? etag, params (string Name, string Value)[] headers)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        foreach (var (name, value) in headers)
        {
            request.Headers[name] = value;
        }

        return ConditionalRequest.Of(request, etag, Length);
    }
}
