using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Pages;

/// <summary>
/// The texts of the pages in one language, which are read from an embedded JSON file. They are not in satellite assemblies, because the hosts run
/// without culture data. Immutable.
/// </summary>
internal sealed record PageTexts
{
    private static readonly PageTexts[] Languages = [Load("en"), Load("de")];

    public required string Language { get; init; }

    public required string DecimalSeparator { get; init; }

    public required string OneFile { get; init; }

    public required string Files { get; init; }

    public required string BeforeCompression { get; init; }

    public required string Expires { get; init; }

    public required string OneMinute { get; init; }

    public required string Minutes { get; init; }

    public required string OneHour { get; init; }

    public required string Hours { get; init; }

    public required string OneDay { get; init; }

    public required string Days { get; init; }

    public required string Password { get; init; }

    public required string Resumable { get; init; }

    public required string NotResumable { get; init; }

    public required string OneLeft { get; init; }

    public required string Left { get; init; }

    public required string LessLeft { get; init; }

    public required string OneMissing { get; init; }

    public required string Missing { get; init; }

    public required string DownloadAll { get; init; }

    public required string DownloadSelected { get; init; }

    public required string Select { get; init; }

    public required string SelectAll { get; init; }

    public required string SelectFile { get; init; }

    public required string SelectFolder { get; init; }

    public required string Filter { get; init; }

    public required string Name { get; init; }

    public required string Size { get; init; }

    public required string Changed { get; init; }

    public required string First { get; init; }

    public required string Error { get; init; }

    /// <summary>
    /// The texts of problems, by the code of the problem. There are none in English, because a <see cref="Responses.Problem"/> has English texts
    /// itself.
    /// </summary>
    public required IReadOnlyDictionary<string, ProblemText> Problems { get; init; }

    /// <summary>Returns the texts in the language that a client prefers; in English if it prefers none of the languages.</summary>
    public static PageTexts For(HttpRequest request)
    {
        var preferred =
            from accepted in request.GetTypedHeaders().AcceptLanguage
            where (accepted.Quality ?? 1) > 0
            orderby accepted.Quality ?? 1 descending
            select Array.Find(Languages, texts => accepted.Value.AsSpan() is var tag
                && (tag.IndexOf('-') is > 0 and var end ? tag[..end] : tag).Equals(texts.Language, StringComparison.OrdinalIgnoreCase));
        return preferred.FirstOrDefault(static texts => texts is not null) ?? Languages[0];
    }

    /// <summary>Formats a number with a noun in the singular or plural.</summary>
    public static string Count(long count, string one, string many) => count == 1 ? one : string.Format(CultureInfo.InvariantCulture, many, count);

    /// <summary>Formats a number of bytes, rounded, with decimal units (1 kB is 1,000 bytes).</summary>
    public string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 999.5 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        var digits = unit == 0 || value >= 99.95 ? "0" : "0.#";
        return $"{value.ToString(digits, CultureInfo.InvariantCulture).Replace(".", DecimalSeparator, StringComparison.Ordinal)} {units[unit]}";
    }

    /// <summary>Formats a duration in its largest unit, rounded down.</summary>
    public string Duration(TimeSpan duration) => duration switch
    {
        { TotalDays: >= 2 } => Count((long)duration.TotalDays, OneDay, Days),
        { TotalHours: >= 2 } => Count((long)duration.TotalHours, OneHour, Hours),
        _ => Count(Math.Max(1, (long)duration.TotalMinutes), OneMinute, Minutes),
    };

    private static PageTexts Load(string language)
    {
        using var stream = typeof(PageTexts).Assembly.GetManifestResourceStream($"page-{language}.json")!;
        return JsonSerializer.Deserialize(stream, PageTextsJson.Default.PageTexts)!;
    }
}

/// <summary>The texts of a problem in one language.</summary>
internal sealed record ProblemText(string Title, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PageTexts))]
internal sealed partial class PageTextsJson : JsonSerializerContext;
