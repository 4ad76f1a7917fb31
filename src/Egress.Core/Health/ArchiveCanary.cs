using System.IO.Pipelines;
using Egress.Zip;
using ICSharpCode.SharpZipLib;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SharpZipFile = ICSharpCode.SharpZipLib.Zip.ZipFile;

namespace Egress.Health;

/// <summary>
/// A health check of the ZIP engine. It writes small archives with stored, deflated and encrypted entries, reads them with an independent library
/// (SharpZipLib), and compares the content.
/// </summary>
internal sealed class ArchiveCanary : IHealthCheck
{
    private const string Password = "canary";

    private static readonly (ZipEntry Entry, byte[] Content)[] Entries =
    [
        Create("canary/stored.bin", ZipMethod.Stored, static i => (byte)(i * 31)),
        Create("canary/deflated.txt", ZipMethod.Deflate, static i => (byte)('a' + (i % 7))),
    ];

    private readonly Func<string?, CancellationToken, ValueTask<byte[]>> _engine;

    public ArchiveCanary()
        : this(WriteAsync)
    {
    }

    /// <param name="engine">Writes the archive, encrypted if a password is given, and returns its bytes.</param>
    internal ArchiveCanary(Func<string?, CancellationToken, ValueTask<byte[]>> engine) => _engine = engine;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await CheckAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }

    /// <summary>Checks the engine. Completes without an exception if it works.</summary>
    /// <exception cref="InvalidDataException">An archive cannot be read, or its content is wrong.</exception>
    internal async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        Verify(await _engine(null, cancellationToken), null);
        Verify(await _engine(Password, cancellationToken), Password);
    }

    /// <summary>Writes the archive with the real engine and returns its bytes.</summary>
    internal static async ValueTask<byte[]> WriteAsync(string? password, CancellationToken cancellationToken)
    {
        using var archive = new MemoryStream();
        var output = PipeWriter.Create(archive);
        using (var writer = new ZipArchiveWriter(output, new ZipOptions { Password = password }))
        {
            foreach (var (entry, content) in Entries)
            {
                using var source = new MemoryStream(content);
                await writer.WriteEntryAsync(entry, source, cancellationToken);
            }

            await writer.CompleteAsync(cancellationToken);
        }

        await output.CompleteAsync();
        return archive.ToArray();
    }

    private static void Verify(byte[] archive, string? password)
    {
        try
        {
            using var zip = new SharpZipFile(new MemoryStream(archive)) { Password = password };
            Require(zip.Count == Entries.Length, "the number of entries");

            // The library can test only entries with a CRC, which AES entries do not have.
            Require(password is not null || zip.TestArchive(testData: true), "a header or a CRC");
            foreach (var (entry, content) in Entries)
            {
                var found = zip.GetEntry(entry.Name);
                Require(found is not null, entry.Name);
                Require((ushort)found!.CompressionMethod == (ushort)entry.Method, $"the method of {entry.Name}");
                Require(found.AESKeySize == (password is null ? 0 : 256), $"the encryption of {entry.Name}");
                using var read = new MemoryStream();
                using var source = zip.GetInputStream(found);
                source.CopyTo(read);
                Require(read.GetBuffer().AsSpan(0, (int)read.Length).SequenceEqual(content), $"the content of {entry.Name}");
            }
        }
        catch (SharpZipBaseException unreadable)
        {
            throw new InvalidDataException($"An archive of Egress cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"An archive of Egress is wrong: {what}.");
        }
    }

    private static (ZipEntry, byte[]) Create(string name, ZipMethod method, Func<int, byte> at)
    {
        var content = new byte[1000];
        for (var i = 0; i < content.Length; i++)
        {
            content[i] = at(i);
        }

        return (new ZipEntry { Name = name, Method = method, Size = content.Length }, content);
    }
}
