namespace Egress.Telemetry.Instruments;

/// <summary>Returns the values of metric labels.</summary>
internal static class Label
{
    /// <summary>Returns the value of a label for a member of an enum.</summary>
    public static string Of<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Returns the values of a label for all members of an enum, in their order.</summary>
    public static string[] All<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Of)];
}
