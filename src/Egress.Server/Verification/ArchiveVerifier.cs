using System.Security.Cryptography;
using Egress.Zip.Names;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.Zip;

namespace Egress.Server.Verification;

/// <summary>The result of a check.</summary>
/// <param name="Files">Number of files in the archive.</param>
/// <param name="Bytes">Bytes of all files together.</param>
/// <param name="Faults">One sentence for each fault; empty if the archive is intact.</param>
/// <param name="Digests">Number of files whose SHA-256 matches the archive's list of checksums; null without such a list.</param>
internal sealed record VerificationReport(int Files, long Bytes, IReadOnlyList<string> Faults, int? Digests = null);

/// <summary>Checks archives with a ZIP reader from a library, which shares no code with the writer of Egress.</summary>
internal static class ArchiveVerifier
{
    private const int BufferSize = 128 << 10;
    private const int MostFaults = 100;

    /// <summary>Checks the structure, the names, and the checksum of every file.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="password">The password; null if the archive is not encrypted.</param>
    /// <param name="progress">Receives the number of bytes that were read.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    public static VerificationReport Verify(string path, string? password, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var zip = new ZipFile(path) { Password = password };
            return Verify(zip, password, progress, cancellationToken);
        }
        catch (ZipException unreadable)
        {
            return new(0, 0, [$"The file cannot be read as an archive: {unreadable.Message.TrimEnd('.')}. An interrupted download may be the cause."]);
        }
    }

    private static VerificationReport Verify(ZipFile zip, string? password, IProgress<(long, long)>? progress, CancellationToken cancellationToken)
    {
        var (faults, names, files, bytes) = (new List<string>(), new HashSet<string>(StringComparer.OrdinalIgnoreCase), 0, 0L);
        var list = TryReadList(zip, password);
        var total = zip.Cast<ZipEntry>().Sum(static entry => Math.Max(0, entry.Size));
        foreach (ZipEntry entry in zip)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (faults.Count >= MostFaults)
            {
                faults.Add("There are more faults.");
                break;
            }

            FindNameFaults(entry.Name, names, faults);
            if (entry.IsDirectory)
            {
                continue;
            }

            files++;
            if (FindFault(zip, entry, password, list, count => progress?.Report((bytes += count, total)), cancellationToken) is { } fault)
            {
                faults.Add($"{entry.Name}: {fault}.");
            }

            bytes = progress is null ? bytes + Math.Max(0, entry.Size) : bytes;
        }

        if (faults.Count < MostFaults && list is not null)
        {
            faults.AddRange(list.FindMissing().Take(MostFaults).Select(missing => $"{missing}: {list.Name} lists this file, and the archive does not have it."));
        }

        // Compares the local headers with the central directory, after the content was read.
        if (faults.Count == 0 && !zip.TestArchive(testData: false))
        {
            faults.Add("A header differs from the directory at the end of the archive.");
        }

        return new(files, bytes, faults, list?.Matches);
    }

    private static void FindNameFaults(string name, HashSet<string> names, List<string> faults)
    {
        if (!names.Add(name))
        {
            faults.Add($"{name}: another file has this name.");
        }

        if (EntryNames.MakeSafe(name) != name)
        {
            faults.Add($"{name}: the name is not safe to extract.");
        }
    }

    /// <summary>Reads the list of checksums. An unreadable list is ignored here, because the check of all entries reports its entry as faulty.</summary>
    private static ChecksumList? TryReadList(ZipFile zip, string? password)
    {
        try
        {
            return string.IsNullOrEmpty(password) && zip.Cast<ZipEntry>().Any(static entry => entry.IsCrypted) ? null : ChecksumList.TryRead(zip);
        }
        catch (Exception broken) when (broken is SharpZipBaseException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    private static string? FindFault(
        ZipFile zip, ZipEntry entry, string? password, ChecksumList? list, Action<int> read, CancellationToken cancellationToken)
    {
        if (entry.IsCrypted && string.IsNullOrEmpty(password))
        {
            return "the file is encrypted: use --password";
        }

        try
        {
            using var content = zip.GetInputStream(entry);
            var (buffer, crc, length) = (new byte[BufferSize], new System.IO.Hashing.Crc32(), 0L);
            using var digest = list is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            while (content.Read(buffer) is > 0 and var count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                crc.Append(buffer.AsSpan(0, count));
                digest?.AppendData(buffer, 0, count);
                length += count;
                read(count);
            }

            return length != entry.Size ? $"it has {length} bytes instead of {entry.Size}"
                : HasCrc(entry) && crc.GetCurrentHashAsUInt32() != (uint)entry.Crc ? "its checksum (CRC-32) is wrong"
                : list?.FindFault(entry.Name, digest!.GetHashAndReset());
        }
        catch (Exception broken) when (broken is SharpZipBaseException or IOException or InvalidDataException)
        {
            return $"it cannot be read: {broken.Message.TrimEnd('.')}";
        }
    }

    /// <summary>Whether the entry has a checksum. Entries in AE-2 format have an authentication code instead, which is checked while they are read.</summary>
    private static bool HasCrc(ZipEntry entry) => entry.HasCrc && !(entry.AESKeySize > 0 && entry.Crc == 0);
}
