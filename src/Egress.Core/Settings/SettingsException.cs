namespace Egress.Settings;

/// <summary>The settings cannot be used. The message for the operator lists every fault and contains no secret.</summary>
/// <param name="faults">One line for each fault.</param>
public sealed class SettingsException(IReadOnlyList<string> faults)
    : Exception($"The settings cannot be used:{string.Concat(faults.Select(fault => $"{Environment.NewLine}  - {fault}"))}")
{
    /// <summary>The faults of the settings, each as one line.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
