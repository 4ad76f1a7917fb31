namespace Egress.Settings;

/// <summary>A setting with its effective value.</summary>
/// <param name="Name">The environment variable.</param>
/// <param name="Value">Its value in the format of the setting; masked if it is a secret, empty for none.</param>
/// <param name="Origin">Where the value comes from: <c>environment</c>, <c>file PATH</c>, <c>default</c> or <c>cap of the host</c>.</param>
public sealed record EffectiveSetting(string Name, string Value, string Origin);
