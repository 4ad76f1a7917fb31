using System.Runtime.InteropServices;
using Egress.Http.Requests;
using Spectre.Console;

namespace Egress.Server.Output;

/// <summary>
/// Shows on a terminal how many bytes a command has processed. Writes to standard error, because standard output has only the result.
/// </summary>
internal static class TransferProgress
{
    /// <summary>Runs long work, and shows its progress.</summary>
    /// <param name="error">Standard error.</param>
    /// <param name="title">What the command processes, as shown to the user.</param>
    /// <param name="work">The work. Its progress argument is null if standard error is not a terminal.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="OperationCanceledException">The user interrupted the command.</exception>
    public static async Task<T> RunAsync<T>(
        TextWriter error, string title, Func<IProgress<(long Done, long Total)>?, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        if (!terminal.Profile.Out.IsTerminal)
        {
            return await work(null, cancellationToken);
        }

        // The cursor is hidden while the progress is shown. An interrupt ends the command with an exception, so that the cursor is shown again.
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        return await terminal.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bar(context.AddTask(Markup.Escape(PrintableText.Shorten(title)), autoStart: true, maxValue: 1)), interrupted.Token));

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Total == 0 ? 1 : value.Done;
        }
    }
}
