using Egress.TestKit.Processes;

namespace Egress.TestKit;

/// <summary>
/// Stops the servers and deletes the folders of a test run. Each test project has this class as an assembly fixture (tests/Directory.Build.props),
/// because xUnit fails a process that takes long to exit after its tests.
/// </summary>
public sealed class TestRunCleanup : IAsyncDisposable
{
    // Also cleans up when the process exits in another way, for example by Ctrl+C.
    static TestRunCleanup() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Clean();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(Clean);

    /// <summary>Ensures that servers and folders are cleaned up, regardless of how the run ends.</summary>
    internal static void Arm()
    {
        // The static constructor registers the cleanup.
    }

    private static void Clean()
    {
        ChildProcess.EndAll();
        TempFolder.DeleteAll();
    }
}
