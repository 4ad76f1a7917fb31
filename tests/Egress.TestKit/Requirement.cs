using System.Diagnostics.CodeAnalysis;
using Xunit;

namespace Egress.TestKit;

/// <summary>Parts that a test needs and a machine may not have. Without them a test is skipped, or fails if they are required.</summary>
public static class Requirement
{
    /// <summary>Environment variable that lists, comma-separated, the parts whose absence is a failure.</summary>
    public const string Variable = "EGRESS_REQUIRE";

    /// <summary>Skips or fails the running test because a part is missing.</summary>
    /// <param name="part">Name of the part as <see cref="Variable"/> lists it, for example <c>postgres</c>.</param>
    /// <param name="reason">What is missing and how to get it.</param>
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
