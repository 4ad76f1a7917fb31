using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Egress.Settings.Formats;

namespace Egress.Links.Keys;

/// <summary>The format of <c>API_KEYS</c>: <c>name:secret</c> or <c>name:secret:bucket/prefix,bucket</c>, separated by semicolons or line breaks.</summary>
internal static class ApiKeyFormat
{
    /// <summary>The name of the API key that <c>ADMIN_API_KEY</c> sets.</summary>
    public const string AdminName = "admin";

    /// <summary>The name that a link has in place of that of an API key, if a command created it.</summary>
    public const string CommandLineName = "command-line";

    /// <summary>Describes the names that <see cref="IsName"/> allows.</summary>
    public static readonly string AllowedNames = $"1 to {MaxNameLength} letters, digits and . _ -";

    private const int MaxNameLength = 64;
    private const int MaxSecretLength = 512;

    private static readonly char[] Separators = [';', '\n', '\r'];

    /// <summary>The format of the setting <c>API_KEYS</c>.</summary>
    public static ValueFormat<IReadOnlyList<ApiKey>> Keys { get; } = new(
        "`name:secret` or `name:secret:bucket/prefix,bucket`, several separated by `;` or line breaks; a secret has at least "
            + $"{ApiKey.LeastSecretLength} visible ASCII characters without `:` and `;`",
        TryRead,
        static keys => string.Join(';', keys.Select(static key => key.Name)))
    {
        Explain = static text => Read(text, out _),
    };

    /// <summary>The format of the setting <c>ADMIN_API_KEY</c>.</summary>
    public static ValueFormat<string?> Secret { get; } = new(
        $"at least {ApiKey.LeastSecretLength} visible ASCII characters", TryReadSecret, static text => text ?? "")
    {
        Explain = static text => SecretFault(text.Trim(), "the secret"),
    };

    /// <summary>Reads the value of <c>API_KEYS</c>.</summary>
    /// <returns>The fault; null if there is none. It quotes no part of the text, because users may swap names and secrets.</returns>
    private static string? Read(string text, out IReadOnlyList<ApiKey> keys)
    {
        var (read, secrets) = (new List<ApiKey>(), new Dictionary<string, string>(StringComparer.Ordinal));
        keys = read;
        var entries = text.Split(Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var (index, entry) in entries.Index())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"key {index + 1} of {entries.Length}");
            string[] parts = [.. entry.Split(':', 3).Select(static part => part.Trim())];
            if (Fault(parts, place) is { } fault)
            {
                return fault;
            }

            if (!secrets.TryAdd(parts[1], parts[0]))
            {
                return $"{place} has the secret of another key; each key needs its own";
            }

            if (ReadScopes(parts.ElementAtOrDefault(2), place, out var scopes) is { } faulty)
            {
                return faulty;
            }

            read.Add(new ApiKey(parts[0], parts[1], scopes));
        }

        return read.Count > 0 ? null : "it names no key";
    }

    private static string? Fault(string[] parts, string place) => parts switch
    {
        [_] => $"{place} has no secret; allowed: name:secret or name:secret:bucket/prefix",
        [var name, ..] when !IsName(name) =>
            $"{place} has no usable name; allowed before the first colon: {AllowedNames}",
        [AdminName, ..] => $"{place} is called {AdminName}, which is the name of the key ADMIN_API_KEY",
        [CommandLineName, ..] => $"{place} is called {CommandLineName}, which is the name that commands of the server give to their links",
        [_, var secret, ..] => SecretFault(secret, $"the secret of {place}"),
        _ => $"{place} is empty",
    };

    private static string? SecretFault(string secret, string what) =>
        secret.Length < ApiKey.LeastSecretLength
            ? string.Create(CultureInfo.InvariantCulture, $"{what} has {secret.Length} characters and can be guessed; at least {ApiKey.LeastSecretLength} are needed (openssl rand -hex 32)")
        : secret.Length > MaxSecretLength || !secret.All(static c => c is > ' ' and <= '~')
            ? $"{what} has more than {MaxSecretLength} characters, or one that is not visible ASCII"
        : null;

    private static string? ReadScopes(string? text, string place, out IReadOnlyList<KeyScope> scopes)
    {
        scopes = [];
        if (text is null)
        {
            return null;
        }

        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
        {
            // An empty list is refused and does not mean every object, because it probably comes from a variable without a value.
            return $"{place} ends with a colon and names no bucket; allowed: bucket or bucket/prefix, several separated by commas";
        }

        scopes = [.. parts.Select(static part => part.Split('/', 2))
            .Select(static part => new KeyScope(Uri.UnescapeDataString(part[0]), part.Length > 1 ? Uri.UnescapeDataString(part[1]) : ""))];
        return null;
    }

    /// <summary>Whether an API key may have a name.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static bool TryRead(string text, [MaybeNullWhen(false)] out IReadOnlyList<ApiKey> keys) => Read(text, out keys) is null;

    private static bool TryReadSecret(string text, out string? secret)
    {
        secret = text.Trim();
        return SecretFault(secret, "") is null;
    }
}
