using Egress.TestKit.Processes;

namespace Egress.TestKit.Zip;

/// <summary>The ZIP readers of the Java class library, called by a small program that is compiled once for each test run.</summary>
internal sealed class JavaZipReader(string name, bool streaming) : ZipReader
{
    private const string Source = """
        import java.io.*;
        import java.nio.file.*;
        import java.util.*;
        import java.util.zip.*;

        public class Unpack {
            public static void main(String[] args) throws IOException {
                Path folder = args.length > 2 ? Path.of(args[2]) : null;
                if (args[0].equals("stream")) {
                    try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(new FileInputStream(args[1])))) {
                        for (ZipEntry entry; (entry = zip.getNextEntry()) != null;) {
                            unpack(zip, entry, folder);
                        }
                    }
                } else {
                    try (ZipFile zip = new ZipFile(args[1])) {
                        for (ZipEntry entry : Collections.list(zip.entries())) {
                            unpack(zip.getInputStream(entry), entry, folder);
                        }
                    }
                }
            }

            private static void unpack(InputStream in, ZipEntry entry, Path folder) throws IOException {
                if (folder == null) {
                    in.transferTo(OutputStream.nullOutputStream());
                    return;
                }
                Path file = folder.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(in, file);
            }
        }
        """;

    // The folder and the compiled program are kept until the process exits.
    private static readonly TempFolder Classes = new();
    private static readonly Lazy<Task> Compiled = new(CompileAsync);

    public override string Name => name;

    public override bool IsStreaming => streaming;

    public override async Task<IReadOnlyDictionary<string, ReadEntry>> UnpackAsync(
        string archive, string? password, CancellationToken cancellationToken) =>
        await (await CreateAsync()).UnpackAsync(archive, password, cancellationToken);

    public override async Task TestAsync(string archive, string? password, CancellationToken cancellationToken) =>
        await (await CreateAsync()).TestAsync(archive, password, cancellationToken);

    private static async Task CompileAsync()
    {
        var source = Classes["Unpack.java"];
        await File.WriteAllTextAsync(source, Source);
        (await Executable.Require("javac").RunAsync("-d", Classes.Path, source)).EnsureSuccess();
    }

    private async Task<ProgramZipReader> CreateAsync()
    {
        await Compiled.Value;
        return new ProgramZipReader(name, "java")
        {
            Arguments = (archive, folder, _) =>
                ["-XX:TieredStopAtLevel=1", "-Dsun.jnu.encoding=UTF-8", "-cp", Classes.Path, "Unpack", streaming ? "stream" : "file", archive,
                    .. folder is null ? Array.Empty<string>() : [folder]],
        };
    }
}
