using CsCheck;
using Egress.Downloads.Planning;
using Egress.Http.Requests;
using Egress.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

/// <summary>Tests with links and headers of arbitrary content.</summary>
public sealed class RequestFuzzTests
{
    private const int Cases = 10_000;
    private const long Length = 1000;
    private const string ETag = "\"0123\"";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_764_460_000);

    private static readonly LinkSigner Signer = new(new SigningOptions { Enforce = true, Secret = "0123456789abcdef", MaxLinkLifetime = TimeSpan.FromDays(1) });

    private static readonly Gen<string> Id = Text("a", "b", "|", "/", "%", "%2F", "%252f", "%00", "%FF", "%C3", ".", "..", "+", " ", "é", "1764460487", "\0");

    private static readonly Gen<string> Query = Text(
        "?", "&", "=", "expiry", "signature", "expiry=1764460487", "signature=00", "&expiry=", "&signature=", "-1", "9223372036854775807", "9999999999999", "1e9", "%31", "%00", "+", "|", ";",
        "[]", new string('0', 64));

    private static readonly Gen<string> Range = Text("bytes", "=", "-", "0", "5", "999", "1000", "9223372036854775807", "99999999999999999999", ",", " ", "\t", "lines", "BYTES=", "bytes=0-", "bytes=-1");

    private static readonly Gen<string> Tags = Text("\"", ETag, "W/", "*", ",", " ", "\"a\"", "\\", "Wed, 21 Oct 2015 07:28:00 GMT");

    private static readonly Gen<string> Accept = Text(
        "text/html", "text/*", "*/*", "application/json", "application/problem+json", "TEXT/HTML", ",", ";", ";q=", "q", "=", "0", "0.5", "1", "1.5", "-1", "NaN", "1e9", " ", "\t", "\"", "/", "+", "html");

    private static readonly Gen<string> Files = Text("1", "2", "7", "1-4", "9", ",", "-", " ", "0", "2147483647", "2147483648", "99999999999999999999", "+1", "1e3", "٣", "\0", "1000-1003");

    [Fact]
    public void A_link_that_was_not_signed_is_never_valid() => Gen.Select(Id, Query).Check(
        (id, query) =>
        {
            if (LinkQuery.TryRead(new QueryCollection(QueryHelpers.ParseQuery(query)), id, out var link))
            {
                Assert.NotEqual(LinkVerdict.Valid, Signer.Verify(link.Id, link.Expiry, link.Signature, Now).Verdict);
            }
        },
        Cases);

    [Fact]
    public void Every_link_leads_back_to_its_id() => Id.Check(
        id =>
        {
            if (Signer.Refuse(id) is not null)
            {
                Assert.Throws<ArgumentException>(() => Signer.CreateLink(new Uri("https://example.com"), id, Now));
                return;
            }

            var target = Signer.CreateLink(new Uri("https://example.com"), id, Now)["https://example.com".Length..];
            var segment = target["/download/".Length..target.IndexOf('?', StringComparison.Ordinal)];

            // Decodes the segment as routing does: all escapes except %2F.
            var routeValue = string.Join("%2F", segment.Split("%2F").Select(Uri.UnescapeDataString));
            Assert.Equal(id, LinkId.FromRequest(routeValue, target));
            Assert.Equal(id, LinkId.FromRequest(routeValue, target.Insert("/download/".Length + segment.Length, "/files/1"), segmentsAfter: 2));
        },
        Cases);

    [Fact]
    public void Any_request_target_gives_an_id_or_none() => Gen.Select(Id, Id).Check(
        (routeValue, target) =>
        {
            foreach (var after in new[] { 0, 1, 2, 3 })
            {
                if (LinkId.FromRequest(routeValue, $"/download/{target}", after) is { } id && routeValue.Contains('%', StringComparison.Ordinal))
                {
                    Assert.Equal(routeValue, id.Replace("/", "%2F", StringComparison.Ordinal), ignoreCase: true);
                }
            }
        },
        Cases);

    [Fact]
    public void Every_range_is_within_the_archive() => Gen.Select(Range, Tags, Tags, Tags, Gen.Bool).Check(
        (range, ifRange, ifMatch, ifNoneMatch, isHead) =>
        {
            var request = new DefaultHttpContext().Request;
            request.Method = isHead ? "HEAD" : "GET";
            request.Headers.Range = range;
            Set(request, "If-Range", ifRange);
            Set(request, "If-Match", ifMatch);
            Set(request, "If-None-Match", ifNoneMatch);

            var wanted = ConditionalRequest.Of(request, ETag, Length);

            Assert.Contains(wanted.Status, (int[])[200, 206, 304, 412, 416]);
            Assert.Equal(wanted.Status >= 400, wanted.Rejection is not null);
            if (wanted.Status == 206)
            {
                Assert.InRange(wanted.Range.From, 0, wanted.Range.To - 1);
                Assert.InRange(wanted.Range.To, 1, Length);
            }
        },
        Cases);

    [Fact]
    public void Any_Accept_header_gives_a_representation() => Accept.Check(
        accept =>
        {
            var request = new DefaultHttpContext().Request;
            request.Headers.Accept = accept;

            var prefersHtml = AcceptHeader.PrefersHtml(request);

            Assert.True(!prefersHtml || accept.Contains("text/", StringComparison.OrdinalIgnoreCase), accept);
        },
        Cases);

    [Fact]
    public void Every_selection_is_read_again_from_its_own_text() => Files.List[0, 3].Check(
        values =>
        {
            if (FileSelection.TryParse(values, out var selection))
            {
                var items = Enumerable.Range(1, Math.Min(selection.Last, 2000)).ToList();
                var chosen = selection.Of(items).ToList();

                Assert.True(FileSelection.TryParse([selection.ToString()], out var again));
                Assert.Equal(selection.ToString(), again.ToString());
                Assert.Equal(chosen, again.Of(items));
                Assert.True(selection.Last > 2000 || selection.Count == chosen.Count);
            }
        },
        Cases);

    private static Gen<string> Text(params string[] pieces) => Gen.Frequency(
        (9, Gen.Int[0, pieces.Length - 1].Select(i => pieces[i])), (1, Gen.Char.Select(c => c.ToString()))).List[0, 8].Select(string.Concat);

    private static void Set(HttpRequest request, string header, string value)
    {
        if (value.Length > 0)
        {
            request.Headers[header] = value;
        }
    }
}
