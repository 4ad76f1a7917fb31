using System.Collections.Concurrent;

namespace Egress.TestKit;

/// <summary>What happens when the test process ends in an orderly way: servers are stopped first, then folders deleted.</summary>
internal static class ProcessTeardown
{
    private static readonly ConcurrentQueue<(Stage Stage, Action Action)> Actions = [];

    static ProcessTeardown() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach ((_, Action action) in Actions.OrderBy(entry => entry.Stage))
        {
            action();
        }
    };

    /// <summary>The order of the actions.</summary>
    internal enum Stage
    {
        Processes,
        Folders,
    }

    internal static void Register(Stage stage, Action action) => Actions.Enqueue((stage, action));
}
