using Egress.Settings.Formats;

namespace Egress.Settings;

/// <summary>Reads the values of settings from a source, and collects the faults, the warnings and the effective values.</summary>
/// <param name="source">The source.</param>
internal sealed class SettingBinder(SettingSource source)
{
    /// <summary>The text that is shown instead of a secret. It has a fixed length, so that it does not disclose that of the secret.</summary>
    internal const string Mask = "********";

    /// <summary>The start of a reference to Azure Key Vault. Azure passes the reference to the app unchanged if it cannot resolve it.</summary>
    internal const string KeyVaultReference = "@Microsoft.KeyVault(";

    private const int LongestShown = 80;

    private readonly List<string> _faults = [];
    private readonly List<string> _warnings = [.. source.Warnings];
    private readonly List<EffectiveSetting> _inForce = [];

    /// <summary>The faults that were found so far, each as one line.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The warnings that were found so far, each as one line.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The settings that were read, with their effective values.</summary>
    public IReadOnlyList<EffectiveSetting> InForce => _inForce;

    /// <summary>Whether the operator set a setting.</summary>
    public bool IsSet(Setting setting) => source.Find(setting) is not null;

    /// <summary>Returns the name that the operator used for a setting.</summary>
    public string NameOf(Setting setting) => source.Find(setting)?.Name ?? setting.Name;

    /// <summary>Returns the value of a variable of the host that is not a setting of Egress; null if it is empty or not set.</summary>
    public string? Foreign(string name) => source.FindForeign(name);

    /// <summary>Returns the value of a setting without reporting a fault or an effective value; the default if the value is faulty or not set.</summary>
    public T Peek<T>(Setting<T> setting) =>
        source.Find(setting) is { } found && !HasNull(found.Text) && setting.Format.TryParse(found.Text, out var value) ? value : setting.Default;

    /// <summary>Returns every name with one of the prefixes that has a value.</summary>
    public IReadOnlyList<string> NamesWithPrefix(params string[] prefixes) =>
    [
        .. source.Names
            .Where(name => Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a setting. Reports a faulty value and returns the default.</summary>
    public T Get<T>(Setting<T> setting) => Get(setting, setting.Default);

    /// <summary>Reads a setting whose default depends on other settings. Reports a faulty value and returns <paramref name="fallback"/>.</summary>
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
            // An unresolved reference is a fault. Used as a signing secret, it could be guessed by anyone.
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

    /// <summary>Reads a time limit, and reduces it to the largest one that the host allows. Zero means unlimited and is also reduced.</summary>
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

    /// <summary>Reports a fault. The text must name settings as the operator did.</summary>
    public void Fault(string text) => _faults.Add(Printable(text));

    /// <summary>Reports a value that is valid but probably a mistake.</summary>
    public void Warn(string text) => _warnings.Add(Printable(text));

    /// <summary>Whether a text is a reference to Key Vault instead of a value.</summary>
    internal static bool IsKeyVaultReference(string text) =>
        text.AsSpan().TrimStart().StartsWith(KeyVaultReference, StringComparison.OrdinalIgnoreCase);

    private static string Write<T>(Setting<T> setting, T value) => value is null ? "" : setting.Format.Write(value);

    // Whether a message may show a faulty value. It must not show a URL with a password or a token, which an operator may have put into the wrong
    // setting.
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

    /// <summary>Replaces control characters, because values and the messages of parsers may contain escape sequences for terminals.</summary>
    private static string Printable(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c));
}
