using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Egress.TestKit.Zip;

/// <summary>How a program ended.</summary>
public sealed record ProgramResult(int ExitCode, string Output)
{
    /// <summary>Throws when the program reports a failure.</summary>
    public void ThrowIfFailed(string what)
    {
        if (ExitCode != 0)
        {
            throw new ArchiveRefusedException($"{what} ended with {ExitCode}: {Output}");
        }
    }
}

/// <summary>A program of the machine that tests ask for a second opinion.</summary>
/// <param name="name">Its file name.</param>
/// <param name="package">The Debian package that brings it, for the reason of a skip.</param>
public sealed class ExternalProgram(string name, string package)
{
    private readonly string? _path = Find(name);

    /// <summary>Whether the program is there.</summary>
    public bool IsInstalled => _path is not null;

    /// <summary>Runs the program to its end. A test whose program is missing is skipped, with the reason.</summary>
    /// <param name="arguments">Passed as they are, without a shell.</param>
    /// <param name="input">File that becomes its standard input, through a pipe; null for none.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public async Task<ProgramResult> RunAsync(IEnumerable<string> arguments, string? input, CancellationToken cancellationToken)
    {
        if (_path is null)
        {
            Xunit.Assert.Skip($"{name} is not installed (Debian package {package})");
        }

        var start = new ProcessStartInfo(_path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start");
        using var kill = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await FeedAsync(process, input, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new(process.ExitCode, await output + await errors);
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await using var file = File.OpenRead(input);
                await file.CopyToAsync(process.StandardInput.BaseStream, cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException) when (input is not null)
        {
            // It ended before it read everything: its exit code tells why.
        }
    }

    private static string? Find(string name)
    {
        var file = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? name + ".exe" : name;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}
