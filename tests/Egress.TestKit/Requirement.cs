using System.Diagnostics.CodeAnalysis;
using Xunit;

namespace Egress.TestKit;

/// <summary>Programs and servers that a test needs and that may not be installed. Without them a test is skipped, or fails if they are required.</summary>
public static class Requirement
{
    /// <summary>Environment variable with a comma-separated list of the programs and servers whose absence is a failure.</summary>
    public const string Variable = "EGRESS_REQUIRE";

    /// <summary>Skips or fails the running test because a program or server is missing.</summary>
    /// <param name="part">Name of the program or server, as in <see cref="Variable"/>, for example <c>postgres</c>.</param>
    /// <param name="reason">What is missing, and how to install it.</param>
    [DoesNotReturn]
    public static void Missing(string part, string reason)
    {
        if (IsRequired(part))
        {
            Assert.Fail($"{part} is required by {Variable}, but {reason}");
        }

        Assert.Skip($"{part}: {reason}");
    }

    private static bool IsRequired(string part) =>
        (Environment.GetEnvironmentVariable(Variable) ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Contains(part, StringComparer.OrdinalIgnoreCase);
}
