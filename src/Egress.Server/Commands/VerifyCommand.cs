using System.CommandLine;
using Egress.Http.Requests;
using Egress.Server.Verification;

namespace Egress.Server.Commands;

/// <summary><c>verify</c>: checks an archive that was downloaded.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The archive." };
        var password = new Option<string?>("--password") { Description = "Password of an encrypted archive." };
        var command = new Command("verify", """
            Check an archive: its structure, its names, and the checksum of every file, also the one in SHA256SUMS if the
            archive has that list (CHECKSUM_FILE). Ends with 0 when it is whole.

            Example:
              egress verify holidays.zip
            """)
        {
            file, password,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var console = result.InvocationConfiguration;
            var progress = Console.IsErrorRedirected ? null : new ProgressLine(console.Error);
            var report = ArchiveVerifier.Verify(result.GetRequiredValue(file), result.GetValue(password), progress, cancellationToken);
            progress?.End();
            foreach (var fault in report.Faults)
            {
                await console.Output.WriteLineAsync(BoundedText.Clean(fault));
            }

            await console.Output.WriteLineAsync(report.Faults.Count == 0
                ? $"The archive is whole: {report.Files} files, {report.Bytes} bytes.{Digests(report)}"
                : $"The archive is damaged: {report.Faults.Count} faults in {report.Files} files.");
            return report.Faults.Count == 0 ? 0 : 1;
        });
        return command;
    }

    private static string Digests(VerificationReport report) =>
        report.Digests is { } digests ? $" {digests} of them have the SHA-256 that the archive lists." : "";
}

/// <summary>Shows how far a check is, in one line of a terminal.</summary>
/// <param name="error">The terminal.</param>
internal sealed class ProgressLine(TextWriter error) : IProgress<(long Done, long Total)>
{
    private int _shown = -1;

    /// <inheritdoc/>
    public void Report((long Done, long Total) value)
    {
        var percent = value.Total == 0 ? 100 : (int)(100 * value.Done / value.Total);
        if (percent != _shown)
        {
            error.Write($"\r{_shown = percent} %");
        }
    }

    /// <summary>Clears the line.</summary>
    public void End() => error.Write("\r      \r");
}
