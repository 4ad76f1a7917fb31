using System.Collections;
using System.Text;
using Egress.Settings.Formats;

namespace Egress.Settings;

/// <summary>
/// The texts of the settings: from the environment and, in the plain server, from one configuration file. The environment takes precedence.
/// </summary>
public sealed class SettingSource
{
    private const string ConfigFileVariable = "CONFIG_FILE";

    // Prefixes of variables that SDKs and the runtime read. A configuration file may contain them without a warning.
    private static readonly string[] ForeignPrefixes =
        ["AWS_", "AZURE_CLIENT_", "AZURE_TENANT_", "AZURE_AUTHORITY_", "OTEL_", "DOTNET_", "ASPNETCORE_", "LETSENCRYPT_", "PG", "AzureWebJobs"];

    private readonly Layer[] _layers;

    private SettingSource(params Layer[] layers) => _layers = layers;

    /// <summary>The comparison of names of environment variables, which ignores case on Windows.</summary>
    internal static StringComparer NameComparer { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Path of the configuration file that was read, as given or found; null if none was read.</summary>
    public string? ConfigFile { get; private init; }

    /// <summary>Warnings about probable mistakes in the configuration file, except unknown names (<see cref="WarnOfUnknown"/>).</summary>
    internal IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The names of all variables with a value, including those that are not settings.</summary>
    internal IEnumerable<string> Names => _layers.SelectMany(layer => layer.Values).Where(HasValue).Select(entry => entry.Key).Distinct();

    private IReadOnlyDictionary<string, string> FileValues => _layers is [_, var file] ? file.Values : new Dictionary<string, string>();

    /// <summary>Returns the environment variables of this process. Names are compared as the operating system does.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            variable => (string)variable.Key,
            variable => (string?)variable.Value ?? "",
            NameComparer);

    /// <summary>Reads settings only from the environment.</summary>
    /// <param name="environment">The environment variables, or the application settings.</param>
    public static SettingSource FromEnvironment(IReadOnlyDictionary<string, string> environment) =>
        new(new Layer("environment", environment));

    /// <summary>
    /// Reads settings from the environment and a file: the given one, otherwise the one that <c>CONFIG_FILE</c> names, otherwise the <c>.env</c> that
    /// <see cref="DefaultConfigFile"/> finds.
    /// </summary>
    /// <param name="environment">The environment variables.</param>
    /// <param name="configFile">The file from the command line; null for none.</param>
    /// <param name="folder">The folder where the search for <c>.env</c> begins.</param>
    /// <exception cref="SettingsException">A named file is missing, or the file cannot be read or is malformed.</exception>
    public static SettingSource Load(IReadOnlyDictionary<string, string> environment, string? configFile, string folder = ".")
    {
        var named = configFile ?? environment.GetValueOrDefault(ConfigFileVariable);
        if (string.IsNullOrWhiteSpace(named))
        {
            return DefaultConfigFile.Find(folder) is { } found ? Read(environment, found, found) : FromEnvironment(environment);
        }

        return Read(environment, named, $"{(configFile is null ? ConfigFileVariable : "--config")} {named}");
    }

    /// <summary>
    /// Finds the text of a setting under each of its names, first in the environment and then in the file. An empty value counts as not set.
    /// </summary>
    /// <returns>The name that the operator used, the text and its origin; null if it is not set.</returns>
    internal SettingText? Find(Setting setting) => (
        from layer in _layers
        from name in setting.Names
        let text = layer.Values.GetValueOrDefault(name)
        where !string.IsNullOrWhiteSpace(text)
        select new SettingText(name, text, layer.Origin)).FirstOrDefault();

    /// <summary>Returns the value of a variable that is not a setting of Egress. An empty value counts as not set.</summary>
    internal string? FindForeign(string name) =>
        _layers.Select(layer => layer.Values.GetValueOrDefault(name)).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));

    /// <summary>Returns the variables of the configuration file that are neither settings nor set in the environment.</summary>
    /// <param name="known">The names of all settings.</param>
    internal IReadOnlyDictionary<string, string> ForeignTo(IReadOnlySet<string> known) =>
        FileValues.Where(entry => !known.Contains(entry.Key) && !_layers[0].Values.ContainsKey(entry.Key)).ToDictionary();

    /// <summary>Returns one warning for each name in the configuration file that neither Egress nor an SDK reads.</summary>
    /// <param name="known">The names of all settings.</param>
    internal IEnumerable<string> WarnOfUnknown(IReadOnlySet<string> known) =>
        from name in FileValues.Keys
        where !known.Contains(name) && !ForeignPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        let similar = Similarity.Closest(name, known)
        select $"{ConfigFile}, {name} is not a setting of Egress{(similar is null ? "" : $"; did you mean {similar}?")}";

    private static SettingSource Read(IReadOnlyDictionary<string, string> environment, string path, string shownAs)
    {
        try
        {
            var text = File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            var file = EnvFile.Parse(text, environment.GetValueOrDefault);
            return new SettingSource(new("environment", environment), new($"file {path}", file.Values))
            {
                ConfigFile = path,
                Warnings = [.. file.Warnings.Select(warning => $"{path}, {warning}")],
            };
        }
        catch (FormatException malformed)
        {
            throw new SettingsException([$"{shownAs}, {malformed.Message}"]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new SettingsException([$"{shownAs} cannot be read: {unreadable.Message}"]);
        }
    }

    private static bool HasValue(KeyValuePair<string, string> entry) => !string.IsNullOrWhiteSpace(entry.Value);

    private sealed record Layer(string Origin, IReadOnlyDictionary<string, string> Values);
}

/// <summary>The text of a setting, as the operator set it.</summary>
/// <param name="Name">The name or alias that the operator used.</param>
/// <param name="Text">The text.</param>
/// <param name="Origin">Where the text was found: <c>environment</c> or <c>file PATH</c>.</param>
internal sealed record SettingText(string Name, string Text, string Origin);
