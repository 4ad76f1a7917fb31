using System.Collections.Concurrent;
using System.Diagnostics;

namespace Egress.TestKit.Processes;

/// <summary>Starts child processes that end with this process.</summary>
/// <remarks>
/// The kernel sends the parent-death signal when the <em>thread</em> that forked ends (prctl(2), PR_SET_PDEATHSIG), and threads of the pool end when
/// they are idle. Therefore one thread that lives as long as the process starts all children.
/// </remarks>
internal static class Spawner
{
    private static readonly BlockingCollection<Action> Work = [];

    static Spawner() => new Thread(() =>
    {
        foreach (Action action in Work.GetConsumingEnumerable())
        {
            action();
        }
    })
    { IsBackground = true, Name = nameof(Spawner) }.Start();

    internal static Task<Process> StartAsync(ProcessStartInfo startInfo)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(startInfo)!);
            }
            catch (Exception error)
            {
                started.SetException(error);
            }
        });
        return started.Task;
    }
}
