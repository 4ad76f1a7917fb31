using Egress.Settings.Formats;

namespace Egress.Settings;

/// <summary>Reads values from a source, and collects faults, warnings and effective values.</summary>
/// <param name="source">The source.</param>
internal sealed class SettingBinder(SettingSource source)
{
    /// <summary>Shown instead of every secret, so that its length is not disclosed.</summary>
    internal const string Mask = "********";

    /// <summary>The beginning of a reference that Azure passes on unchanged when it cannot resolve it.</summary>
    internal const string KeyVaultReference = "@Microsoft.KeyVault(";

    private const int LongestShown = 80;

    private readonly List<string> _faults = [];
    private readonly List<string> _warnings = [.. source.Warnings];
    private readonly List<EffectiveSetting> _inForce = [];

    /// <summary>One line for each fault.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>One line for each warning.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The settings that were read.</summary>
    public IReadOnlyList<EffectiveSetting> InForce => _inForce;

    /// <summary>Whether the operator set a setting.</summary>
    public bool IsSet(Setting setting) => source.Find(setting) is not null;

    /// <summary>Returns the name that the operator used for a setting.</summary>
    public string NameOf(Setting setting) => source.Find(setting)?.Name ?? setting.Name;

    /// <summary>Returns the value of a variable of the host that is not a setting of Egress; null if it is empty or not set.</summary>
    public string? Foreign(string name) => source.FindForeign(name);

    /// <summary>Returns the value of a setting without a report; the default if it is faulty or not set.</summary>
    public T Peek<T>(Setting<T> setting) =>
        source.Find(setting) is { } found && !HasNull(found.Text) && setting.Format.TryParse(found.Text, out var value) ? value : setting.Default;

    /// <summary>Every name that has a value and one of the prefixes.</summary>
    public IReadOnlyList<string> NamesWithPrefix(params string[] prefixes) =>
    [
        .. source.Names
            .Where(name => Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a setting. Reports a faulty value and returns the default.</summary>
    public T Get<T>(Setting<T> setting) => Get(setting, setting.Default);

    /// <summary>Reads a setting whose default depends on others.</summary>
    public T Get<T>(Setting<T> setting, T fallback)
    {
        var found = source.Find(setting);
        var isUnresolved = found is not null && IsKeyVaultReference(found.Text);
        if (found is not null && !isUnresolved && !HasNull(found.Text) && setting.Format.TryParse(found.Text, out var value))
        {
            _inForce.Add(new EffectiveSetting(setting.Name, setting.IsSecret ? Mask : Write(setting, value), found.Origin));
            return value;
        }

        if (isUnresolved)
        {
            // An unresolved reference would otherwise be used as a signing secret that anyone can guess.
            Fault($"{found!.Name} is a reference to Key Vault that was not resolved ({found.Origin}); "
                + "the secret has to be there, and the identity of the app has to be allowed to read it");
        }
        else if (found is not null)
        {
            var shown = MayBeShown(setting, found.Text)
                ? $"\"{Shorten(found.Text)}\" ({found.Origin})"
                : $"not usable ({found.Origin}, value not shown)";
            var problem = HasNull(found.Text) ? "it contains a null character" : setting.Format.Explain?.Invoke(found.Text) ?? $"allowed: {setting.AllowedInPlainText}";
            Fault($"{found.Name} is {shown}; {problem}");
        }

        _inForce.Add(new EffectiveSetting(setting.Name, Write(setting, fallback), "default"));
        return fallback;
    }

    /// <summary>Reads a limit that the host limits. Zero, which is unlimited, is also limited.</summary>
    public TimeSpan GetAtMost(Setting<TimeSpan> setting, TimeSpan? most)
    {
        var value = Get(setting);
        if (most is not { } cap || (value > TimeSpan.Zero && value <= cap))
        {
            return value;
        }

        if (IsSet(setting))
        {
            Warn($"{NameOf(setting)} is {GoDuration.Write(value)}, but {GoDuration.Write(cap)} is the most that this host allows, and is used");
        }

        _inForce[^1] = new EffectiveSetting(setting.Name, Write(setting, cap), "cap of the host");
        return cap;
    }

    /// <summary>Reports a fault. The text has the names that the operator used.</summary>
    public void Fault(string text) => _faults.Add(Printable(text));

    /// <summary>Reports a value that is valid but probably a mistake.</summary>
    public void Warn(string text) => _warnings.Add(Printable(text));

    /// <summary>Whether a text is a reference to Key Vault instead of a value.</summary>
    internal static bool IsKeyVaultReference(string text) =>
        text.AsSpan().TrimStart().StartsWith(KeyVaultReference, StringComparison.OrdinalIgnoreCase);

    private static string Write<T>(Setting<T> setting, T value) => value is null ? "" : setting.Format.Write(value);

    // A URL in the wrong setting may contain a password or a token.
    private static bool MayBeShown(Setting setting, string text) =>
        !setting.IsSecret && !text.Contains('@') && !(text.Contains("://", StringComparison.Ordinal) && text.Contains('?'));

    /// <summary>
    /// Whether a value has a NUL character, which is not allowed in paths, URLs and numbers. Only the configuration file can contain it.
    /// </summary>
    private static bool HasNull(string text) => text.Contains('\0', StringComparison.Ordinal);

    private static string Shorten(string text)
    {
        var shown = text.Trim();
        return shown.Length <= LongestShown ? shown : shown[..LongestShown] + "…";
    }

    /// <summary>Removes control characters: values, and messages of files and parsers, may contain escape sequences for terminals.</summary>
    private static string Printable(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c));
}
