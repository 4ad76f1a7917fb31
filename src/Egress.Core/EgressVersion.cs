using System.Reflection;

namespace Egress;

/// <summary>The version of this build.</summary>
internal static class EgressVersion
{
    /// <summary>The version as released, without the build metadata after <c>+</c>.</summary>
    public static string Text { get; } =
        typeof(EgressVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
