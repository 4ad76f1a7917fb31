using System.Globalization;
using System.Text;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Signing;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.View;

/// <summary>The page about an archive: what it holds, and links to all of it, to a selection and to each file. Safe for concurrent use.</summary>
internal sealed class ViewPage(ViewOptions options, TimeProvider time)
{
    /// <summary>Entries that are listed.</summary>
    internal const int MostListed = 1000;

    private readonly ViewStyle _style = new(options);

    /// <summary>The value of <c>Content-Security-Policy</c>.</summary>
    public string Policy => _style.Policy;

    /// <summary>Writes the page.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="request">The link, which is valid.</param>
    /// <param name="texts">The texts.</param>
    /// <returns>The page, UTF-8.</returns>
    public byte[] Write(DownloadPlan plan, DownloadRequest request, ViewTexts texts)
    {
        // Relative to /view/{id}: a proxy may put anything before it.
        var address = $"../download/{LinkId.ToSegment(request.Id)}";
        var query = Query(request);
        Html page = $"""
            <!doctype html>
            <html lang="{texts.Language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{plan.ArchiveName}</title>
            <style>{Html.Raw(_style.Css)}</style>
            </head>
            <body>
            <main>
            {Brand()}<div class="card">
            <h1>{plan.ArchiveName}</h1>
            <p class="facts">{Facts(plan, request, texts)}</p>
            <a class="button" href="{address + query}">{texts.DownloadAll}</a>
            {Notes(plan, texts)}</div>
            <form class="card" method="get" action="{address}">
            {Hidden("expiry", request.Expiry)}{Hidden("signature", request.Signature)}{Hidden("list", EntryListDigest.Of(plan.Objects))}<input type="hidden" name="files" value="">
            <div class="tools" data-script hidden><input type="search" id="filter" aria-label="{texts.Filter}" placeholder="{texts.Filter}" autocomplete="off"></div>
            <table>
            <thead><tr><th scope="col"><span class="unseen">{texts.Select}</span><input type="checkbox" id="all" aria-label="{texts.SelectAll}" data-script hidden></th><th scope="col">{texts.Name}</th><th scope="col" class="number">{texts.Size}</th><th scope="col" class="time">{texts.Changed}</th></tr></thead>
            <tbody>
            {Html.Join(plan.Objects.Take(MostListed).Select((planned, index) => Row(planned, index + 1, plan.ZipOptions.Encrypts ? null : address + "/files/", query, texts)))}</tbody>
            </table>
            {More(plan, texts)}<p class="send"><button class="button">{texts.DownloadSelected}</button></p>
            </form>
            </main>
            <script>{Html.Raw(_style.Script)}</script>
            </body>
            </html>

            """;
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static string Query(DownloadRequest request)
    {
        var query = QueryString.Empty;
        query = request.Expiry is { } expiry ? query.Add("expiry", expiry) : query;
        return (request.Signature is { } signature ? query.Add("signature", signature) : query).ToString();
    }

    private Html Brand()
    {
        if (options is { Title: "", LogoUrl: null })
        {
            return Html.Empty;
        }

        Html logo = options.LogoUrl is { } url ? $"<img src=\"{url.AbsoluteUri}\" alt=\"\">" : Html.Empty;
        return $"<p class=\"brand\">{logo}{options.Title}</p>\n";
    }

    private string Facts(DownloadPlan plan, DownloadRequest request, ViewTexts texts)
    {
        var count = ViewTexts.Count(plan.Objects.Count(static planned => !planned.Entry.IsFolder), texts.OneFile, texts.Files);
        var size = plan.Length is { } length
            ? texts.Bytes(length)
            : string.Format(CultureInfo.InvariantCulture, texts.BeforeCompression, texts.Bytes(plan.Objects.Sum(static planned => planned.Size)));
        return string.Join(" · ", [count, size, .. Expiry(request, texts)]);
    }

    private IEnumerable<string> Expiry(DownloadRequest request, ViewTexts texts)
    {
        if (long.TryParse(request.Expiry, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            var end = DateTimeOffset.FromUnixTimeSeconds(seconds);
            yield return string.Format(CultureInfo.InvariantCulture, texts.Expires, texts.Duration(end - time.GetUtcNow()), Time(end));
        }
    }

    private static Html Notes(DownloadPlan plan, ViewTexts texts)
    {
        var left = plan.MissingCount + plan.UnavailableCount;
        string?[] notes =
        [
            left > 0 ? ViewTexts.Count(left, texts.OneMissing, texts.Missing) : null,
            plan.ZipOptions.Encrypts ? texts.Password : null,
            plan.Link?.MaxDownloads is { } most ? string.Format(CultureInfo.InvariantCulture, texts.Limited, most) : null,
            plan.ETag is not null ? texts.Resumable : null,
        ];
        var items = notes.OfType<string>().Select(static Html (note) => $"<li>{note}</li>\n").ToList();
        return items.Count == 0 ? Html.Empty : $"<ul class=\"notes\">\n{Html.Join(items)}</ul>\n";
    }

    private static Html Row(PlannedObject planned, int number, string? files, string query, ViewTexts texts)
    {
        var entry = planned.Entry;
        var select = string.Format(CultureInfo.InvariantCulture, texts.SelectFile, entry.Name);
        var href = files + number.ToString(CultureInfo.InvariantCulture) + query;
        Html name = $"{entry.Name}";
        Html link = files is null || entry.IsFolder ? name : $"<a href=\"{href}\">{name}</a>";
        Html changed = entry.Modified is { } modified ? $"<time datetime=\"{modified.ToString("O", CultureInfo.InvariantCulture)}\">{Time(modified)}</time>" : Html.Empty;
        return $"""
            <tr><td><input type="checkbox" name="files" value="{number}" aria-label="{select}"></td><td class="name">{link}</td><td class="number">{(entry.IsFolder ? "" : texts.Bytes(planned.Size))}</td><td class="time">{changed}</td></tr>

            """;
    }

    private static Html More(DownloadPlan plan, ViewTexts texts) => plan.Objects.Count > MostListed
        ? $"<p>{string.Format(CultureInfo.InvariantCulture, texts.First, MostListed, plan.Objects.Count)}</p>\n"
        : Html.Empty;

    private static Html Hidden(string name, string? value) => value is null ? Html.Empty : $"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">";

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
