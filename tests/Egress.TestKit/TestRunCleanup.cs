using Egress.TestKit.Processes;

namespace Egress.TestKit;

/// <summary>
/// Stops the servers and deletes the folders of a test run. Each test project has it as an assembly fixture (tests/Directory.Build.props):
/// xUnit fails a process that takes long to exit after its tests.
/// </summary>
public sealed class TestRunCleanup : IAsyncDisposable
{
    // For runs that end in another way, for example by Ctrl+C.
    static TestRunCleanup() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Clean();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(Clean);

    /// <summary>Makes sure that servers and folders are cleaned up, however the run ends.</summary>
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
