using System.Reflection;

namespace Egress;

/// <summary>The version of this build.</summary>
internal static class EgressVersion
{
    /// <summary>As released, without what the build adds behind <c>+</c>.</summary>
    public static string Text { get; } =
        typeof(EgressVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
