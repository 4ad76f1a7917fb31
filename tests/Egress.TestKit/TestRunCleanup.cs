using Egress.TestKit.Processes;

namespace Egress.TestKit;

/// <summary>
/// Stops the servers and deletes the folders of a test run. Each test project has it as an assembly fixture (tests/Directory.Build.props):
/// xUnit fails a process that takes long to exit once its tests have ended.
/// </summary>
public sealed class TestRunCleanup : IAsyncDisposable
{
    // For runs that end in another way, by Ctrl+C for example.
    static TestRunCleanup() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Clean();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(Clean);

    /// <summary>Makes sure that what starts now is cleaned up, however the run ends.</summary>
    internal static void Arm()
    {
        // The static constructor has done it.
    }

    private static void Clean()
    {
        ChildProcess.EndAll();
        TempFolder.DeleteAll();
    }
}
