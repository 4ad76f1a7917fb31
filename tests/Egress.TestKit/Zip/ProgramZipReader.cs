using Egress.TestKit.Processes;

namespace Egress.TestKit.Zip;

/// <summary>Reads archives with an external program, which unpacks them into a folder. If the program is not installed, the test is skipped.</summary>
/// <param name="name">Name of the reader, for test reports.</param>
/// <param name="program">File name of the program.</param>
internal sealed class ProgramZipReader(string name, string program) : ZipReader
{
    /// <summary>Returns the command line of the program.</summary>
    /// <param name="archive">The archive, or <c>-</c> for standard input.</param>
    /// <param name="folder">The target folder; null to test the archive without unpacking it.</param>
    /// <param name="password">Password of the archive; null without encryption.</param>
    internal delegate IEnumerable<string> Command(string archive, string? folder, string? password);

    public override string Name => name;

    public required Command Arguments { get; init; }

    public bool Encrypted { get; init; }

    public bool Piped { get; init; }

    public bool Streaming { get; init; }

    public override bool ReadsEncrypted => Encrypted;

    public override bool IsStreaming => Piped || Streaming;

    public override async Task<IReadOnlyDictionary<string, ReadEntry>> UnpackAsync(
        string archive, string? password, CancellationToken cancellationToken)
    {
        await using var folder = new TempFolder();
        await RunAsync(archive, folder.Path, password, cancellationToken);
        return Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(folder.Path, path).Replace('\\', '/'),
            path =>
            {
                using var content = File.OpenRead(path);
                return ReadToEnd(content);
            });
    }

    public override Task TestAsync(string archive, string? password, CancellationToken cancellationToken) =>
        RunAsync(archive, null, password, cancellationToken);

    private async Task RunAsync(string archive, string? folder, string? password, CancellationToken cancellationToken)
    {
        await using var input = Piped ? File.OpenRead(archive) : null;
        var run = new ExecutableRun
        {
            Arguments = [.. Arguments(Piped ? "-" : archive, folder, password)],
            Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" },
            Input = input,
        };
        var result = await Executable.Require(program).RunAsync(run, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new ArchiveRefusedException($"{name} ended with {result.ExitCode}: {result.Error}{result.Output}");
        }
    }
}
