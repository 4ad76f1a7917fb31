namespace Egress.Telemetry.Instruments;

/// <summary>The values of labels.</summary>
internal static class Label
{
    /// <summary>Returns the label of a member of an enum.</summary>
    public static string Of<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Returns the labels of all members of an enum, in their order.</summary>
    public static string[] All<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Of)];
}
