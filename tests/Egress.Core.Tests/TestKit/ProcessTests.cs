using Egress.TestKit.Processes;
using Xunit;

namespace Egress.Core.Tests.TestKit;

public sealed class ProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_gives_output_errors_and_exit_code()
    {
        var run = new ExecutableRun
        {
            Arguments = ["-c", "cat; printf '%s' \"$GREETING\"; echo oops >&2; exit 3"],
            Environment = new Dictionary<string, string?> { ["GREETING"] = "hello" },
            Input = new MemoryStream([0, 255]),
        };

        ExecutableResult result = await Executable.Require("sh").RunAsync(run, Token);

        Assert.Equal((byte[])[0, 255, .. "hello"u8], result.OutputBytes);
        Assert.Equal("oops\n", result.Error);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("oops", Assert.Throws<InvalidOperationException>(result.EnsureSuccess).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_ends_at_its_limit_with_its_children()
    {
        var run = new ExecutableRun { Arguments = ["-c", "sleep 600 & wait"], Limit = TimeSpan.FromMilliseconds(100) };

        await Assert.ThrowsAsync<TimeoutException>(() => Executable.Require("sh").RunAsync(run, Token));
    }

    [Fact]
    public async Task The_processor_time_of_a_program_includes_that_of_its_children()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /proc.");
        await using ChildProcess child = await StartAsync(
            "sh -c 'n=0; while [ $n -lt 400000 ]; do n=$((n + 1)); done; echo ready; exec sleep 600' & wait");
        await child.WaitForLineAsync("ready", TimeSpan.FromMinutes(5));

        Assert.InRange(ProcessorTime.OfTree(child.Id), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_missing_program_is_not_found()
    {
        Assert.Null(Executable.Find("no-such-program-of-egress"));
    }

    [Fact]
    public async Task A_child_reports_that_it_is_ready_and_ends_on_request()
    {
        await using ChildProcess child = await StartAsync("trap 'echo bye; exit 7' TERM; echo ready >&2; while :; do sleep 0.01; done");
        Assert.Equal("ready", await child.WaitForLineAsync("read", TimeSpan.FromMinutes(1)));

        Assert.Equal(7, await child.StopAsync());

        Assert.Equal(["ready", "bye"], child.Log.Lines);
    }

    [Fact]
    public async Task A_child_that_ends_before_it_is_ready_says_why()
    {
        await using ChildProcess child = await StartAsync("echo no port left; exit 4");

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => child.WaitForLineAsync("ready", TimeSpan.FromMinutes(1)));

        Assert.Contains("ended with 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("no port left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killing_a_child_kills_its_children()
    {
        await using ChildProcess child = await StartAsync("sleep 600 & echo started $!; wait");
        string line = await child.WaitForLineAsync("started", TimeSpan.FromMinutes(1));

        await child.KillAsync();

        // The grandchild holds the other end of the child's output pipe, so the output ends only when the grandchild has exited too.
        Assert.Equal(128 + 9, await child.Exited);
        Assert.StartsWith("started ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_outlives_the_thread_that_started_it()
    {
        // The kernel sends the parent-death signal when the thread that forked ends. If no long-lived thread started the child, it would be killed
        // here.
        Task<ChildProcess> starting = null!;
        var thread = new Thread(() => starting = StartAsync("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
        thread.Start();
        thread.Join();
        await using ChildProcess child = await starting;
        await child.WaitForLineAsync("ready", TimeSpan.FromMinutes(1));

        Assert.Equal(7, await child.StopAsync());
    }

    private static Task<ChildProcess> StartAsync(string script) =>
        ChildProcess.StartAsync(Executable.Require("sh"), new ExecutableRun { Arguments = ["-c", script] });
}
