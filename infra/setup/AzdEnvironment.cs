using System.Diagnostics;

namespace Egress.Setup;

/// <summary>The variables of the azd environment: outputs of the template, and values that the user set. azd passes them to its hooks.</summary>
internal static class AzdEnvironment
{
    /// <summary>Returns the value of a variable; empty when it is not set.</summary>
    public static string Get(string name) => Environment.GetEnvironmentVariable(name)?.Trim() ?? "";

    /// <summary>Returns the value of a variable.</summary>
    /// <exception cref="SetupException">The variable is not set.</exception>
    public static string Require(string name) => Get(name) is { Length: > 0 } value
        ? value
        : throw new SetupException($"{name} is not set. This program is a hook of azd: run it with `azd hooks run postprovision`.");

    /// <summary>Reads a variable that holds the address of an Azure service.</summary>
    /// <exception cref="SetupException">The variable is not set, is not a URL, or would send tokens without TLS.</exception>
    public static Uri RequireUrl(string name)
    {
        var text = Require(name);
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback)
            ? url
            : throw new SetupException($"{name} is '{text}'; allowed: an https:// URL.");
    }

    /// <summary>Stores a value in the azd environment, for later runs of azd.</summary>
    /// <exception cref="SetupException">azd did not store the value.</exception>
    public static async Task SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        using var azd = Process.Start(new ProcessStartInfo("azd", ["env", "set", name, value]))!;
        await azd.WaitForExitAsync(cancellationToken);
        if (azd.ExitCode != 0)
        {
            throw new SetupException($"azd env set {name} {value} ended with {azd.ExitCode}.");
        }
    }
}
