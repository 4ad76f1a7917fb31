using System.IO.Compression;
using System.IO.Pipelines;
using Egress.Zip;
using ICSharpCode.SharpZipLib.Zip;
using SharpCompress.Common;
using SharpCompress.Writers.Zip;
using ZipEntry = Egress.Zip.ZipEntry;
using LibraryEntry = ICSharpCode.SharpZipLib.Zip.ZipEntry;

namespace Egress.Benchmarks.Engine;

/// <summary>
/// Writes the same archive with Egress and with other libraries. Each is used as for an HTTP response: it reads streams, and writes to a stream that
/// cannot seek.
/// </summary>
internal static class ArchiveWriters
{
    private const int BufferSize = 64 << 10;

    private static readonly DateTime Modified = new(2024, 5, 31, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Writes with Egress. Sizes are known and checksums are not, as with most storages.</summary>
    /// <returns>Number of bytes written.</returns>
    public static Task<long> EgressAsync(Archive archive) => EgressAsync(archive, declaresSize: true);

    /// <summary>Writes with Egress. Sizes are not known, so Egress does not compress an entry on several cores.</summary>
    /// <returns>Number of bytes written.</returns>
    public static Task<long> EgressSerialAsync(Archive archive) => EgressAsync(archive, declaresSize: false);

    /// <summary>
    /// Writes with SharpZipLib. It can store an entry on a stream only if size and checksum are known, so Deflate of level 0 is used in place of
    /// storing.
    /// </summary>
    /// <returns>Number of bytes written.</returns>
    public static long SharpZipLib(Archive archive)
    {
        var sink = new CountingSink();
        using (var zip = new ZipOutputStream(sink) { IsStreamOwner = false, Password = archive.Password })
        {
            zip.SetLevel(archive.Level);
            var buffer = new byte[BufferSize];
            for (var i = 0; i < archive.Files; i++)
            {
                zip.PutNextEntry(new LibraryEntry(Archive.Name(i))
                {
                    CompressionMethod = archive.Level == 0 ? CompressionMethod.Stored : CompressionMethod.Deflated,
                    AESKeySize = archive.Password is null ? 0 : 256,
                    DateTime = Modified,
                    Size = archive.Content.Length,
                });
                Copy(archive, zip, buffer);
                zip.CloseEntry();
            }
        }

        return sink.Count;
    }

    /// <summary>Writes with SharpCompress, which does not support encryption.</summary>
    /// <returns>Number of bytes written.</returns>
    public static long SharpCompress(Archive archive)
    {
        var sink = new CountingSink();
        var options = archive.Level == 0
            ? new ZipWriterOptions(CompressionType.None) { LeaveStreamOpen = true }
            : new ZipWriterOptions(CompressionType.Deflate, archive.Level) { LeaveStreamOpen = true };
        using (var zip = new ZipWriter(sink, options))
        {
            for (var i = 0; i < archive.Files; i++)
            {
                using var content = new MemoryStream(archive.Content);
                zip.Write(Archive.Name(i), content, Modified);
            }
        }

        return sink.Count;
    }

    /// <summary>Writes with <c>System.IO.Compression</c>, which does not support encryption. Its level "optimal" is level 6.</summary>
    /// <returns>Number of bytes written.</returns>
    public static long ZipArchive(Archive archive)
    {
        var sink = new CountingSink();
        using (var zip = new ZipArchive(sink, ZipArchiveMode.Create, leaveOpen: true))
        {
            var buffer = new byte[BufferSize];
            var level = archive.Level == 0 ? CompressionLevel.NoCompression : CompressionLevel.Optimal;
            for (var i = 0; i < archive.Files; i++)
            {
                var entry = zip.CreateEntry(Archive.Name(i), level);
                entry.LastWriteTime = Modified;
                using var target = entry.Open();
                Copy(archive, target, buffer);
            }
        }

        return sink.Count;
    }

    /// <summary>Copies through a buffer, as from a storage. <c>MemoryStream.CopyTo</c> would write its whole array at once.</summary>
    private static void Copy(Archive archive, Stream target, byte[] buffer)
    {
        using var content = new MemoryStream(archive.Content);
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            target.Write(buffer, 0, read);
        }
    }

    private static async Task<long> EgressAsync(Archive archive, bool declaresSize)
    {
        var sink = new CountingSink();
        var pipe = PipeWriter.Create(sink, new StreamPipeWriterOptions(minimumBufferSize: BufferSize, leaveOpen: true));
        var options = new ZipOptions { CompressionLevel = archive.Level, Password = archive.Password };
        using (var writer = new ZipArchiveWriter(pipe, options))
        {
            for (var i = 0; i < archive.Files; i++)
            {
                var entry = new ZipEntry
                {
                    Name = Archive.Name(i),
                    Method = archive.Level == 0 ? ZipMethod.Stored : ZipMethod.Deflate,
                    Size = declaresSize ? archive.Content.Length : null,
                    Modified = Modified,
                };
                await using var content = new MemoryStream(archive.Content);
                await writer.WriteEntryAsync(entry, content, CancellationToken.None);
            }

            await writer.CompleteAsync(CancellationToken.None);
        }

        await pipe.CompleteAsync();
        return sink.Count;
    }
}
