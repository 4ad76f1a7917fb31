using System.Text;
using System.Text.RegularExpressions;
using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Http.Pages;
using Egress.Http.View;
using Egress.Links.Budgets;
using Egress.Storage;
using Egress.Zip;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.View;

/// <summary>Tests of the parts of the web page about an archive.</summary>
public sealed partial class ViewPageTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly PageTexts English = Texts("en");

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(1250, "1.3 kB")]
    [InlineData(99_949, "99.9 kB")]
    [InlineData(99_950, "100 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1 MB")]
    [InlineData(long.MaxValue, "9.2 EB")]
    public void Sizes_are_rounded(long bytes, string text)
    {
        Assert.Equal(text, English.Bytes(bytes));
        Assert.Equal(text.Replace('.', ','), Texts("de").Bytes(bytes));
    }

    [Theory]
    [InlineData(0, "minute")]
    [InlineData(119, "minute")]
    [InlineData(120, "2 minutes")]
    [InlineData(7199, "119 minutes")]
    [InlineData(7200, "2 hours")]
    [InlineData(172_799, "47 hours")]
    [InlineData(172_800, "2 days")]
    public void Durations_are_in_their_largest_unit(int seconds, string text) => Assert.Equal(text, English.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void All_languages_have_the_same_places_for_values()
    {
        foreach (var property in typeof(PageTexts).GetProperties().Where(static property => property.PropertyType == typeof(string)))
        {
            var (english, german) = ((string)property.GetValue(English)!, (string)property.GetValue(Texts("de"))!);
            Assert.Equal(Places().Matches(english).Select(static match => match.Value), Places().Matches(german).Select(static match => match.Value));
        }
    }

    [Theory]
    [InlineData("#000000", "#fff")]
    [InlineData("#ffffff", "#000")]
    [InlineData("#1a5fb4", "#fff")]
    [InlineData("#ffd400", "#000")]
    [InlineData("#00a000", "#000")]
    public void Text_on_a_button_can_be_read(string color, string text) => Assert.Equal(text, PageColors.TextOn(color));

    [Fact]
    public void A_logo_is_the_only_content_that_the_policy_allows_to_load()
    {
        var page = new ViewPage(new PageFrame(new PageOptions { LogoUrl = new Uri("https://cdn.example.com:8443/a/logo.svg?x=1") }), TimeProvider.System);
        Assert.Contains("; img-src https://cdn.example.com:8443; ", page.Policy, StringComparison.Ordinal);
        Assert.Contains("img-src 'none'", new ViewPage(new PageFrame(new PageOptions()), TimeProvider.System).Policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#1a5fb4", true)]
    [InlineData("#000000", true)]
    [InlineData("#767676", true)] // contrast 4.54
    [InlineData("#777777", false)] // contrast 4.48
    [InlineData("#ffd400", false)]
    [InlineData("#ffffff", false)]
    [InlineData("#00a000", false)]
    [InlineData("#ff0000", false)]
    public void Links_can_be_read_in_any_color(string color, bool isKept)
    {
        Assert.Equal(isKept, PageColors.Readable(color, PageStyle.LightCard) == color);
        foreach (var card in new[] { PageStyle.LightCard, PageStyle.DarkCard })
        {
            Assert.InRange(PageColors.Contrast(PageColors.Readable(color, card), card), PageColors.LeastOfText, 21);
            Assert.Contains($"--card:{card};--link:{PageColors.Readable(color, card)};", new PageStyle(new PageOptions { AccentColor = color }).Css, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Contrast_is_that_of_WCAG()
    {
        Assert.Equal(21, PageColors.Contrast("#000000", "#ffffff"), 3);
        Assert.Equal(4.54, PageColors.Contrast("#767676", "#ffffff"), 2);
        Assert.Equal(1, PageColors.Contrast("#1f2125", "#1f2125"), 3);
    }

    [Theory]
    [InlineData("#ffffff", "#6f6f6f", "#ffffff")]
    [InlineData("#1f2125", "#1f2125", null)]
    [InlineData("#1a5fb4", "#1a5fb4", "#1a5fb4")]
    public void A_button_is_visible_on_the_card(string color, string light, string? dark)
    {
        var edges = Edge().Matches(new PageStyle(new PageOptions { AccentColor = color }).Css).Select(static match => match.Groups[1].Value).ToList();
        Assert.Equal([light, dark ?? PageColors.Readable(color, PageStyle.DarkCard)], edges);
    }

    [Fact]
    public void Any_text_of_a_record_is_shown_as_text()
    {
        const string evil = "\"><script>alert(1)</script><a href='";
        var page = Write(Plan([Planned(evil)]) with { ArchiveName = evil }, new DownloadRequest(evil, evil, evil), new PageOptions { Title = evil });
        Assert.Equal(1, page.Split("<script>").Length - 1);
        Assert.DoesNotContain("alert(1)</script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href='", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_the_properties_of_the_download()
    {
        var plan = Plan([Planned("a.jpg"), Planned("empty/")]) with
        {
            ZipOptions = new ZipOptions { Password = "p" },
        };
        var page = Write(plan, new DownloadRequest("id", $"{Now.AddHours(50).ToUnixTimeSeconds()}", "ab"), rest: new LinkRest(3, 2, 0));
        Assert.Contains($"1 file · {plan.Length} B · Available for another 2 days (until <time datetime=\"2026-05-03T14:00:00.0000000Z\">2026-05-03 14:00 UTC</time>)", page, StringComparison.Ordinal);
        Assert.Contains("<li>The archive is encrypted.", page, StringComparison.Ordinal);
        Assert.Contains("<li>2 of 3 downloads are left.</li>", page, StringComparison.Ordinal);
        Assert.Contains("<li>If the download is interrupted", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/files/", page, StringComparison.Ordinal); // single files would not be encrypted
        Assert.Contains("100 B before compression", Write(Plan([Planned("a.txt", ZipMethod.Deflate)]), new DownloadRequest("id", null, null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Times_are_in_UTC_for_readers_without_a_script()
    {
        var planned = Planned("a.jpg");
        planned = planned with { Entry = new ZipEntry { Name = "a.jpg", Method = ZipMethod.Stored, Size = 100, Modified = new DateTimeOffset(2026, 1, 1, 1, 30, 0, TimeSpan.FromHours(2)) } };
        Assert.Contains("<time datetime=\"2025-12-31T23:30:00.0000000Z\">2025-12-31 23:30</time>", Write(Plan([planned]), new DownloadRequest("id", null, null)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_says_whether_an_interrupted_download_can_be_resumed()
    {
        var notes = new[] { Write(Plan([Planned("a.jpg")]), new DownloadRequest("id", null, null)), Write(Plan([Planned("a.jpg")], etag: null), new DownloadRequest("id", null, null)) };
        Assert.Equal([true, false], notes.Select(page => page.Contains($"<li>{English.Resumable}</li>", StringComparison.Ordinal)));
        Assert.Equal([false, true], notes.Select(page => page.Contains($"<li>{English.NotResumable}</li>", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(2, 0, "2 of 3 downloads are left.", true)]
    [InlineData(1, 0, "1 of 3 downloads is left.", true)]
    [InlineData(0, 1_500_000, "1.5 MB of this link are left, which is less than the whole archive.", false)]
    public void The_page_shows_the_rest_of_a_limited_link(long downloads, long bytes, string text, bool hasAll)
    {
        var page = Write(Plan([Planned("a.jpg")]), new DownloadRequest("id", null, null), rest: new LinkRest(3, downloads, bytes));
        Assert.Contains($"<li>{text}", page, StringComparison.Ordinal);
        Assert.Equal(hasAll, page.Contains(English.DownloadAll, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_do_not_change_the_direction_of_what_is_around_them()
    {
        var page = Write(Plan([Planned("ملف.jpg")]) with { ArchiveName = "صور.zip" }, new DownloadRequest("id", null, null), new PageOptions { Title = "صور" });
        Assert.All(["<h1><bdi>صور.zip</bdi></h1>", "<bdi>ملف.jpg</bdi></a>", "<bdi>صور</bdi></p>"], text => Assert.Contains(text, page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_thousand_entries_are_listed()
    {
        var page = Write(Plan([.. Enumerable.Range(1, 1001).Select(static number => Planned($"{number}.jpg"))]), new DownloadRequest("id", null, null));
        Assert.Equal(ViewPage.MostListed, page.Split("<tr><td>").Length - 1);
        Assert.Contains("The first 1000 of 1001 files are listed here.", page, StringComparison.Ordinal);
    }

    private static string Write(DownloadPlan plan, DownloadRequest request, PageOptions? options = null, LinkRest? rest = null) =>
        Encoding.UTF8.GetString(new ViewPage(new PageFrame(options ?? new()), new FakeTimeProvider(Now)).Write(plan, request, rest, English));

    private static PageTexts Texts(string language) => PageTexts.For(new DefaultHttpContext { Request = { Headers = { AcceptLanguage = language } } }.Request);

    private static DownloadPlan Plan(PlannedObject[] objects, string? etag = "\"tag\"") => new()
    {
        RecordId = "id",
        ArchiveName = "a.zip",
        Manifest = TestManifests.Make(new ManifestKey("id", 0), etag, Now, objects),
        ZipOptions = new ZipOptions(),
        CustomHeaders = new Dictionary<string, string>(),
    };

    private static PlannedObject Planned(string name, ZipMethod method = ZipMethod.Stored) => name.EndsWith('/')
        ? new(default, new ZipEntry { Name = name, Method = method, Size = 0, Crc32 = 0 }, 0, null) { Content = ReadOnlyMemory<byte>.Empty }
        : new(new ObjectLocation("b", name), new ZipEntry { Name = name, Method = method, Size = 100 }, 100, null);

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Places();

    [GeneratedRegex("--edge:(#[0-9a-f]{6})")]
    private static partial Regex Edge();
}
