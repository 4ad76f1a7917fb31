namespace Egress.TestKit.Servers;

/// <summary>One server for the whole test process, started when a test first asks for it.</summary>
/// <param name="part">Its name in <c>EGRESS_REQUIRE</c>.</param>
/// <param name="whyMissing">Why it cannot be had on this machine; null when it can.</param>
/// <param name="start">Starts it, or connects to the one that the environment points to.</param>
internal sealed class SharedServer<TServer>(string part, Func<string?> whyMissing, Func<Task<TServer>> start)
{
    private readonly Lazy<Task<TServer>> _server = new(() => Task.Run(start));

    /// <summary>The running server; skips the test (or fails it, where the server is required) when there is none.</summary>
    internal Task<TServer> GetAsync()
    {
        Check();
        return _server.Value;
    }

    /// <summary>Skips or fails the test when the server cannot be had.</summary>
    internal void Check()
    {
        if (whyMissing() is { } reason)
        {
            Requirement.Missing(part, reason);
        }
    }
}
