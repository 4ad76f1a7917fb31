using System.Globalization;
using System.Text;

namespace Egress.Http.Responses;

/// <summary>
/// Limits the times in the values of <c>Cache-Control</c> (RFC 9111 5.2), <c>CDN-Cache-Control</c> (RFC 9213) and <c>Surrogate-Control</c>.
/// </summary>
internal static class CacheDirectives
{
    /// <summary>Directives with the number of seconds for which a copy is fresh. In shared caches, <c>s-maxage</c> takes precedence.</summary>
    private static readonly string[] Lifetimes = ["s-maxage", "max-age"];

    /// <summary>Directives with the number of further seconds for which a stale copy may be used (RFC 5861).</summary>
    private static readonly string[] Extensions = ["stale-while-revalidate", "stale-if-error"];

    /// <summary>
    /// Directives that keep a shared cache from using a copy without validation. A directive with arguments is not one of them, because it applies
    /// only to the header fields that it names.
    /// </summary>
    private static readonly string[] Prohibitions = ["no-store", "no-cache", "private"];

    /// <summary>Limits every time in a value, so that no copy is used for longer than the limit.</summary>
    /// <param name="value">The value.</param>
    /// <param name="most">The limit, in seconds.</param>
    /// <param name="mayChoose">Whether shared caches choose a lifetime themselves if the value has none, because the response has no <c>Expires</c>
    /// either.</param>
    /// <returns>The value with limited times. A value without a lifetime gets one if shared caches would choose it.</returns>
    public static string Limit(string value, long most, bool mayChoose)
    {
        var directives = Split(value);
        var fresh = Lifetimes.Select(name => Find(directives, name)).FirstOrDefault(static seconds => seconds is not null);
        if (fresh is null && mayChoose && !Prohibitions.Any(name => directives.Exists(directive => directive.Equals(name, StringComparison.OrdinalIgnoreCase))))
        {
            directives.Add(string.Create(CultureInfo.InvariantCulture, $"max-age={most}"));
            fresh = most;
        }

        // Without a lifetime a copy is stale immediately, and only these directives allow caches to use it for the whole limit.
        var extension = Math.Max(0, most - Math.Min(fresh ?? 0, most));
        return string.Join(", ", directives.Select(directive =>
            Lifetimes.Any(name => Is(directive, name)) ? Lower(directive, most)
            : Extensions.Any(name => Is(directive, name)) ? Lower(directive, extension)
            : directive));
    }

    /// <summary>Splits a value into its directives, at commas that are not within quotes.</summary>
    private static List<string> Split(string value)
    {
        var (directives, current, isQuoted) = (new List<string>(), new StringBuilder(), false);
        foreach (var c in value)
        {
            isQuoted ^= c == '"';
            if (c == ',' && !isQuoted)
            {
                directives.Add(current.ToString().Trim());
                current.Clear();
            }
            else
            {
                current.Append(c);
            }
        }

        directives.Add(current.ToString().Trim());
        directives.RemoveAll(static directive => directive.Length == 0);
        return directives;
    }

    private static bool Is(string directive, string name) => directive.Split('=', 2)[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase);

    private static long? Find(List<string> directives, string name) =>
        directives.FindAll(directive => Is(directive, name)) is { Count: > 0 } found ? found.Max(Seconds) : null;

    private static string Lower(string directive, long most) =>
        string.Create(CultureInfo.InvariantCulture, $"{directive.Split('=', 2)[0].Trim()}={Math.Min(Seconds(directive), most)}");

    /// <summary>Returns the seconds of a directive. A value that is not a number counts as zero, as RFC 9111 4.2.1 recommends.</summary>
    private static long Seconds(string directive)
    {
        var text = directive.Split('=', 2) is [_, var argument] ? argument.Trim().Trim('"') : "";
        return text.Length > 0 && text.All(char.IsAsciiDigit)
            ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : long.MaxValue
            : 0;
    }
}
