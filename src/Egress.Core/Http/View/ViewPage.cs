using System.Globalization;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Http.Pages;
using Egress.Links.Budgets;
using Egress.Signing;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.View;

/// <summary>
/// The HTML page about an archive. It lists the content, and has links to the whole archive, to a selection of files and to each file. Safe for
/// concurrent use.
/// </summary>
internal sealed class ViewPage(PageFrame frame, TimeProvider time)
{
    /// <summary>The largest number of entries that the page lists.</summary>
    internal const int MostListed = 1000;

    private static readonly string Script = PageStyle.Read("view.js");

    /// <summary>The content security policy of the page.</summary>
    public string Policy { get; } = frame.PolicyOf(Script);

    /// <summary>Writes the page.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="request">The link, which is valid.</param>
    /// <param name="rest">How many downloads of the link are left; null if they are not limited.</param>
    /// <param name="texts">The texts.</param>
    /// <returns>The page, UTF-8.</returns>
    public byte[] Write(DownloadPlan plan, DownloadRequest request, LinkRest? rest, PageTexts texts)
    {
        // Links are relative to /view/{id}, because a proxy may add a path before it.
        var address = $"../download/{LinkId.ToSegment(request.Id)}";
        var query = Query(request);
        Html all = rest is { Downloads: 0 } ? Html.Empty : $"<a class=\"button\" href=\"{address + query}\">{texts.DownloadAll}</a>\n";
        var rows = plan.Objects.Take(MostListed)
            .Select((planned, index) => Row(planned, index + 1, plan.ZipOptions.Encrypts ? null : address + "/files/", query, texts));
        return frame.Write(
            texts.Language,
            plan.ArchiveName,
            $"""
            <div class="card">
            <h1><bdi>{plan.ArchiveName}</bdi></h1>
            <p class="facts">{Facts(plan, texts)}{Expiry(request, texts)}</p>
            {all}{Notes(plan, rest, texts)}</div>
            <form class="card" method="get" action="{address}" data-folder="{texts.SelectFolder}" data-one="{texts.OneFile}" data-many="{texts.Files}">
            {Hidden("expiry", request.Expiry)}{Hidden("signature", request.Signature)}{Hidden("list", EntryListDigest.Of(plan.Objects))}<input type="hidden" name="files" value="">
            <div class="tools" data-script hidden><input type="search" id="filter" aria-label="{texts.Filter}" placeholder="{texts.Filter}" autocomplete="off"><output id="count"></output></div>
            <table>
            <thead><tr><th scope="col"><span class="unseen">{texts.Select}</span><input type="checkbox" id="all" aria-label="{texts.SelectAll}" data-script hidden></th><th scope="col">{texts.Name}</th><th scope="col" class="number">{texts.Size}</th><th scope="col" class="time">{texts.Changed}</th></tr></thead>
            <tbody>
            {Html.Join(rows)}</tbody>
            </table>
            {More(plan, texts)}<p class="send"><button class="button">{texts.DownloadSelected}</button><output id="chosen"></output></p>
            </form>

            """,
            Script);
    }

    private static string Query(DownloadRequest request)
    {
        var query = QueryString.Empty;
        query = request.Expiry is { } expiry ? query.Add("expiry", expiry) : query;
        return (request.Signature is { } signature ? query.Add("signature", signature) : query).ToString();
    }

    private static string Facts(DownloadPlan plan, PageTexts texts)
    {
        var count = PageTexts.Count(plan.Objects.Count(static planned => !planned.Entry.IsFolder), texts.OneFile, texts.Files);
        var size = plan.Length is { } length
            ? texts.Bytes(length)
            : string.Format(CultureInfo.InvariantCulture, texts.BeforeCompression, texts.Bytes(plan.Objects.Sum(static planned => planned.Size)));
        return $"{count} · {size}";
    }

    private Html Expiry(DownloadRequest request, PageTexts texts)
    {
        if (!long.TryParse(request.Expiry, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            return Html.Empty;
        }

        var end = DateTimeOffset.FromUnixTimeSeconds(seconds);
        var around = texts.Expires.Split("{1}");
        return $" · {string.Format(CultureInfo.InvariantCulture, around[0], texts.Duration(end - time.GetUtcNow()))}{Time(end, " UTC")}{around[1]}";
    }

    private static Html Notes(DownloadPlan plan, LinkRest? rest, PageTexts texts)
    {
        var left = plan.MissingCount + plan.UnavailableCount;
        string?[] notes =
        [
            left > 0 ? PageTexts.Count(left, texts.OneMissing, texts.Missing) : null,
            plan.ZipOptions.Encrypts ? texts.Password : null,
            rest is null ? null : Left(rest, texts),
            plan.ETag is not null ? texts.Resumable : texts.NotResumable,
        ];
        return $"<ul class=\"notes\">\n{Html.Join(notes.OfType<string>().Select(static Html (note) => $"<li>{note}</li>\n"))}</ul>\n";
    }

    private static string Left(LinkRest rest, PageTexts texts) => rest.Downloads == 0
        ? string.Format(CultureInfo.InvariantCulture, texts.LessLeft, texts.Bytes(rest.Bytes))
        : string.Format(CultureInfo.InvariantCulture, rest.Downloads == 1 ? texts.OneLeft : texts.Left, rest.Downloads, rest.MaxDownloads);

    private static Html Row(PlannedObject planned, int number, string? files, string query, PageTexts texts)
    {
        var entry = planned.Entry;
        var select = string.Format(CultureInfo.InvariantCulture, texts.SelectFile, entry.Name);
        var href = files + number.ToString(CultureInfo.InvariantCulture) + query;
        Html name = $"<bdi>{entry.Name}</bdi>";
        Html link = files is null || entry.IsFolder ? name : $"<a href=\"{href}\">{name}</a>";
        Html changed = entry.Modified is { } modified ? Time(modified, "") : Html.Empty;
        return $"""
            <tr><td><input type="checkbox" name="files" value="{number}" aria-label="{select}"></td><td class="name">{link}</td><td class="number" data-bytes="{planned.Size}">{(entry.IsFolder ? "" : texts.Bytes(planned.Size))}</td><td class="time">{changed}</td></tr>

            """;
    }

    private static Html More(DownloadPlan plan, PageTexts texts) => plan.Objects.Count > MostListed
        ? $"<p>{string.Format(CultureInfo.InvariantCulture, texts.First, MostListed, plan.Objects.Count)}</p>\n"
        : Html.Empty;

    private static Html Hidden(string name, string? value) => value is null ? Html.Empty : $"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">";

    /// <summary>Formats a time in UTC. The script of the page replaces it with the time in the reader's time zone and language.</summary>
    private static Html Time(DateTimeOffset time, string zone) =>
        $"<time datetime=\"{time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}\">{time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}{zone}</time>";
}
