namespace Egress.Settings;

/// <summary>One setting with the value in effect.</summary>
/// <param name="Name">The environment variable.</param>
/// <param name="Value">Its value as an operator would write it; masked when it is a secret, empty for none.</param>
/// <param name="Origin">Where the value comes from: <c>environment</c>, <c>file PATH</c> or <c>default</c>.</param>
public sealed record EffectiveSetting(string Name, string Value, string Origin);
