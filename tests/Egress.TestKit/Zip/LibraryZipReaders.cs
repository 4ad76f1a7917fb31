using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.Zip;
using SystemZip = System.IO.Compression.ZipFile;

namespace Egress.TestKit.Zip;

/// <summary>The reader of SharpZipLib, which also supports AES.</summary>
internal sealed class SharpZipLibReader : ZipReader
{
    public override string Name => "SharpZipLib";

    public override bool ReadsEncrypted => true;

    public override Task<IReadOnlyDictionary<string, ReadEntry>> UnpackAsync(
        string archive, string? password, CancellationToken cancellationToken)
    {
        try
        {
            using var zip = new ZipFile(archive) { Password = password };
            var entries = new Dictionary<string, ReadEntry>();
            foreach (ICSharpCode.SharpZipLib.Zip.ZipEntry entry in zip)
            {
                using var content = zip.GetInputStream(entry);
                var found = ReadToEnd(content);
                // AES entries have no CRC. SharpZipLib does not check the CRC of the other entries.
                if (entry.HasCrc && entry.AESKeySize == 0 && entry.Crc != found.Crc32)
                {
                    throw new ArchiveRefusedException($"{entry.Name} has another CRC");
                }

                entries.Add(entry.Name, found);
            }

            return Task.FromResult<IReadOnlyDictionary<string, ReadEntry>>(entries);
        }
        catch (SharpZipBaseException exception)
        {
            throw new ArchiveRefusedException(exception.Message, exception);
        }
    }

    public override Task TestAsync(string archive, string? password, CancellationToken cancellationToken) =>
        UnpackAsync(archive, password, cancellationToken);
}

/// <summary>The reader of .NET (<c>System.IO.Compression</c>).</summary>
internal sealed class ZipArchiveReader : ZipReader
{
    public override string Name => "ZipArchive";

    public override Task<IReadOnlyDictionary<string, ReadEntry>> UnpackAsync(
        string archive, string? password, CancellationToken cancellationToken)
    {
        try
        {
            using var zip = SystemZip.OpenRead(archive);
            var entries = new Dictionary<string, ReadEntry>();
            foreach (var entry in zip.Entries)
            {
                using var content = entry.Open();
                var found = ReadToEnd(content);
                if (found.Crc32 != entry.Crc32 || found.Size != entry.Length)
                {
                    throw new ArchiveRefusedException($"{entry.FullName} is not what the directory says");
                }

                entries.Add(entry.FullName, found);
            }

            return Task.FromResult<IReadOnlyDictionary<string, ReadEntry>>(entries);
        }
        catch (InvalidDataException exception)
        {
            throw new ArchiveRefusedException(exception.Message, exception);
        }
    }

    public override Task TestAsync(string archive, string? password, CancellationToken cancellationToken) =>
        UnpackAsync(archive, password, cancellationToken);
}
