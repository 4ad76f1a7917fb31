using System.Reflection;

namespace Egress;

/// <summary>The version of this build.</summary>
internal static class EgressVersion
{
    /// <summary>The version of the release, without the build metadata that follows <c>+</c>.</summary>
    public static string Text { get; } =
        typeof(EgressVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
