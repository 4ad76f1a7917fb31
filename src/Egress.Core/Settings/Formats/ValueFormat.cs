using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Egress.Settings.Formats;

/// <summary>Reads the text of a setting.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
internal delegate bool TryParse<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>The format of a setting's values.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="Allowed">The allowed values, as text for operators that follows "allowed:".</param>
/// <param name="TryParse">Reads a text that is not empty. Decides whether spaces around it are removed.</param>
/// <param name="Write">Writes a value in the format of the setting.</param>
internal sealed record ValueFormat<T>(string Allowed, TryParse<T> TryParse, Func<T, string> Write)
{
    /// <summary>Returns the fault of a text, if that helps more than the allowed values; otherwise null. It quotes nothing that may be secret.</summary>
    public Func<string, string?>? Explain { get; init; }
}

/// <summary>The common formats of settings.</summary>
internal static class ValueFormats
{
    /// <summary>The format of a boolean, in the spellings that Go accepts for true and false.</summary>
    public static ValueFormat<bool> Boolean { get; } = new("`true` or `false`", TryParseBoolean, Write);

    /// <summary>The format of an absolute URL without credentials, query and fragment.</summary>
    public static ValueFormat<Uri?> HttpUrl { get; } = new(
        "an `http://` or `https://` URL without user name, query and fragment", TryParseHttpUrl, url => url?.OriginalString ?? "");

    /// <summary>
    /// The format of an absolute <c>https://</c> URL without credentials, query and fragment. The SDK sends the token of an identity only over TLS,
    /// even to emulators.
    /// </summary>
    public static ValueFormat<Uri?> HttpsUrl { get; } = new(
        "an `https://` URL without user name, query and fragment (an identity's token is never sent without TLS)",
        static (string text, out Uri? value) => TryParseHttpUrl(text, out value) && value!.Scheme == Uri.UriSchemeHttps,
        url => url?.OriginalString ?? "");

    /// <summary>Returns the format of any text. Spaces around it are removed.</summary>
    public static ValueFormat<string?> Text(string allowed) => new(allowed, TryTrim, text => text ?? "");

    /// <summary>Returns the format of a whole number within inclusive limits.</summary>
    public static ValueFormat<int> Integer(int least, int most) => new(
        most == int.MaxValue ? $"a whole number, {least} or more" : $"a whole number from {least} to {most}",
        (string text, out int value) =>
            int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && IsWithin(value, least, most),
        value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Returns the format of a number with decimals within inclusive limits. Zero is always allowed.</summary>
    public static ValueFormat<double> Decimal(double least, double most) => new(
        string.Create(CultureInfo.InvariantCulture, $"`0`, or a number from {least} to {most} such as `0.5`"),
        (string text, out double value) =>
            double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && (value == 0 || IsWithin(value, least, most)),
        value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Returns the format of a size in bytes within inclusive limits.</summary>
    public static ValueFormat<long> Size(long least = 0, long most = long.MaxValue) => new(
        "a size in bytes, or with `K`, `M`, `G`, `T` (powers of 1024)"
            + (least == 0 && most == long.MaxValue ? "" : $", from {ByteSize.Write(least)} to {ByteSize.Write(most)}"),
        (string text, out long value) => ByteSize.TryParse(text.Trim(), out value) && IsWithin(value, least, most),
        ByteSize.Write);

    /// <summary>Returns the format of a duration, which must not be negative.</summary>
    /// <param name="most">The longest duration; null for no limit.</param>
    /// <param name="least">The shortest duration; null allows zero.</param>
    public static ValueFormat<TimeSpan> Duration(TimeSpan? most = null, TimeSpan? least = null) => new(
        "a duration such as `500ms`, `5s`, `2m`"
            + (least is { } shortest ? $", at least {GoDuration.Write(shortest)}" : "")
            + (most is { } longest ? $", at most {GoDuration.Write(longest)}" : ""),
        (string text, out TimeSpan value) =>
            GoDuration.TryParse(text.Trim(), out value) && IsWithin(value, least ?? TimeSpan.Zero, most ?? TimeSpan.MaxValue),
        GoDuration.Write);

    /// <summary>Returns the format of the name of an enum member, in upper or lower case.</summary>
    public static ValueFormat<T> Choice<T>()
        where T : struct, Enum => new(
            "one of " + string.Join(", ", Enum.GetNames<T>().Select(name => $"`{Word(name)}`")),
            (string text, out T value) =>
            {
                var name = Enum.GetNames<T>().FirstOrDefault(name => name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase));
                value = name is null ? default : Enum.Parse<T>(name);
                return name is not null;
            },
            value => Word(value.ToString()));

    /// <summary>Returns the format of one of a few words, in upper or lower case.</summary>
    /// <param name="words">The words, in the case in which they are returned.</param>
    public static ValueFormat<string?> OneOf(IReadOnlyList<string> words) => new(
        "one of " + string.Join(", ", words.Select(word => $"`{Word(word)}`")),
        (string text, out string? value) =>
        {
            value = words.FirstOrDefault(word => word.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase));
            return value is not null;
        },
        value => Word(value ?? ""));

    private static string Word(string name) => name.ToLowerInvariant();

    private static bool IsWithin<T>(T value, T least, T most)
        where T : IComparable<T> => value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0;

    private static bool TryTrim(string text, out string? value)
    {
        value = text.Trim();
        return true;
    }

    private static string Write(bool value) => value ? "true" : "false";

    // Accepts the spellings of Go's strconv.ParseBool.
    private static bool TryParseBoolean(string text, out bool value)
    {
        value = text.Trim() is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text.Trim() is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }

    private static bool TryParseHttpUrl(string text, out Uri? value) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out value)
        && (value.Scheme == Uri.UriSchemeHttp || value.Scheme == Uri.UriSchemeHttps)
        && value is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" };
}
