using Egress.Settings.Formats;

namespace Egress.Settings;

/// <summary>Describes one setting. It is the only source from which the setting is read, checked and documented.</summary>
/// <param name="name">The environment variable.</param>
internal abstract class Setting(string name)
{
    /// <summary>The name of the environment variable.</summary>
    public string Name { get; } = name;

    /// <summary>Another name under which the setting is accepted; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>The description of the setting for operators, in Markdown without line breaks.</summary>
    public required string Text { get; init; }

    /// <summary>An example of a value for documentation, if there is no default; otherwise empty.</summary>
    public string Example { get; init; } = "";

    /// <summary>Whether the value is secret, and must never be logged or printed.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The allowed values, in Markdown.</summary>
    public abstract string Allowed { get; }

    /// <summary>The allowed values, for a terminal.</summary>
    public string AllowedInPlainText => Allowed.Replace("`", "", StringComparison.Ordinal);

    /// <summary>The default in the format of the setting; empty for none.</summary>
    public abstract string DefaultText { get; }

    /// <summary>The description of a default that depends on other settings or on the host; null for a fixed default.</summary>
    public string? DefaultInWords { get; init; }

    /// <summary>The names under which the setting is looked up, the main one first.</summary>
    public IEnumerable<string> Names => Alias is null ? [Name] : [Name, Alias];

    /// <summary>Whether a text is a valid value.</summary>
    public abstract bool Accepts(string text);
}

/// <summary>Describes one setting whose values have the type <typeparamref name="T"/>.</summary>
/// <typeparam name="T">The type of its values.</typeparam>
/// <param name="name">The environment variable.</param>
/// <param name="format">The format of its values.</param>
internal sealed class Setting<T>(string name, ValueFormat<T> format) : Setting(name)
{
    /// <summary>The format of the setting's values.</summary>
    public ValueFormat<T> Format { get; } = format;

    /// <summary>The value if the operator does not set the setting.</summary>
    public required T Default { get; init; }

    /// <inheritdoc/>
    public override string Allowed => Format.Allowed;

    /// <inheritdoc/>
    public override string DefaultText => Default is null ? "" : Format.Write(Default);

    /// <inheritdoc/>
    public override bool Accepts(string text) => Format.TryParse(text, out _);
}

/// <summary>The settings of one feature, in the order in which they are documented.</summary>
/// <param name="title">Heading of the group.</param>
/// <param name="introduction">An introduction to its settings, in Markdown.</param>
internal sealed class SettingGroup(string title, string introduction)
{
    private readonly List<Setting> _settings = [];

    /// <summary>Heading of the group.</summary>
    public string Title { get; } = title;

    /// <summary>An introduction to its settings, in Markdown.</summary>
    public string Introduction { get; } = introduction;

    /// <summary>The settings, in the order in which they are documented.</summary>
    public IReadOnlyList<Setting> Settings => _settings;

    /// <summary>Adds a setting to the group, which is all that is needed to register it.</summary>
    public Setting<T> Add<T>(Setting<T> setting)
    {
        _settings.Add(setting);
        return setting;
    }
}
