using System.CommandLine;
using Egress.Http.Requests;
using Egress.Server.Output;
using Egress.Server.Verification;

namespace Egress.Server.Commands;

/// <summary><c>verify</c>: checks a downloaded archive.</summary>
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
            var path = result.GetRequiredValue(file);
            var report = await TransferProgress.RunAsync(
                console.Error,
                Path.GetFileName(path),
                (progress, stop) => Task.FromResult(ArchiveVerifier.Verify(path, result.GetValue(password), progress, stop)),
                cancellationToken);
            foreach (var fault in report.Faults)
            {
                await console.Output.WriteLineAsync(PrintableText.Clean(fault));
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
