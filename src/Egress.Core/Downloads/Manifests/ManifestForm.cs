using System.Buffers.Binary;
using System.IO.Hashing;
using Egress.Downloads.Checksums;
using Egress.Packing;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>
/// The format of a manifest in memory and in a store: a signature, the packed objects, the other properties of the archive, and a hash. A form that
/// is of another version, damaged or incomplete is refused.
/// </summary>
/// <remarks>A form contains keys, names and validators of objects, but no password, header or callback URL.</remarks>
internal static class ManifestForm
{
    /// <summary>The version of the form. It must be raised with every change of the form.</summary>
    public const byte Version = 2;

    private const int HashLength = sizeof(ulong);
    private const int TrailerLength = sizeof(int) + HashLength;

    /// <summary>The first bytes of a form: three letters, the version of the form, and the version of the archive format.</summary>
    private static ReadOnlySpan<byte> Signature => [(byte)'E', (byte)'G', (byte)'M', Version, ArchiveLayout.FormatVersion];

    /// <summary>Returns a writer that has written the signature. The caller writes the packed objects next.</summary>
    public static ChunkedBytesWriter Begin()
    {
        var output = new ChunkedBytesWriter();
        output.Write(Signature);
        return output;
    }

    /// <summary>Completes a form after its packed objects: writes the other properties and the hash.</summary>
    public static ChunkedBytes End(ChunkedBytesWriter output, ManifestContent content)
    {
        var writer = new PackWriter();
        Write(writer, content);
        Span<byte> trailer = stackalloc byte[TrailerLength];
        BinaryPrimitives.WriteInt32LittleEndian(trailer, writer.EndBlock(output));
        output.Write(trailer[..^HashLength]);
        var hash = new XxHash3();
        output.ForEach((chunk, length) => hash.Append(chunk.AsSpan(0, length)));
        BinaryPrimitives.WriteUInt64LittleEndian(trailer, hash.GetCurrentHashAsUInt64());
        output.Write(trailer[..HashLength]);
        return output.ToBytes();
    }

    /// <summary>Returns the hash at the end of a form, which identifies the form.</summary>
    public static ulong HashOf(ChunkedBytes form) => BinaryPrimitives.ReadUInt64LittleEndian(form.Slice(form.Length - HashLength, HashLength));

    /// <summary>Reads a form.</summary>
    /// <param name="form">The form.</param>
    /// <param name="zip">How the archive is written.</param>
    /// <returns>The content without the packed objects; null if the form is refused.</returns>
    public static ManifestContent? TryRead(ChunkedBytes form, ZipOptions zip)
    {
        if (form.Length < Signature.Length + TrailerLength || !form.Slice(0, Signature.Length).SequenceEqual(Signature) || !HasItsHash(form))
        {
            return null;
        }

        var end = form.Length - TrailerLength;
        var length = BinaryPrimitives.ReadInt32LittleEndian(form.Slice(end, sizeof(int)));
        var reader = new PackReader(form.Slice(end - length, length), []);
        return Read(ref reader, zip);
    }

    private static bool HasItsHash(ChunkedBytes form)
    {
        var hash = new XxHash3();
        var left = form.Length - HashLength;
        foreach (var chunk in form.Chunks)
        {
            var length = (int)Math.Min(left, chunk.Length);
            hash.Append(chunk.AsSpan(0, length));
            left -= length;
        }

        return hash.GetCurrentHashAsUInt64() == HashOf(form);
    }

    private static void Write(PackWriter writer, ManifestContent content)
    {
        writer.Number(content.Count);
        writer.Number(content.Counts.Requested);
        writer.Number(content.Counts.Missing);
        writer.Number(content.Counts.Unavailable);
        writer.Number(content.Layout.Length + 1 ?? 0);
        writer.Number(content.Layout.DirectoryOffset);
        writer.Number(content.Layout.DirectoryLength);
        writer.Text(0, content.ETag ?? "");
        writer.Text(0, content.Report?.Entry.Name ?? "");
        writer.Number(content.Report?.Size ?? 0);
        writer.Bytes(content.Report is { Content: { } report } ? report.Span : []);
        writer.Text(0, content.ChecksumFile?.Entry.Name ?? "");
        writer.Number(content.ChecksumFile?.Size ?? 0);
        writer.Number(content.Shared.Count);
        foreach (var text in content.Shared)
        {
            writer.Text(0, text);
        }

        for (var block = 1; block < content.Blocks.Length; block++)
        {
            writer.Number(content.Blocks[block] - content.Blocks[block - 1]);
            writer.Number(content.Entries[block] - content.Entries[block - 1]);
            writer.Number(content.Records[block] - content.Records[block - 1]);
        }
    }

    private static ManifestContent Read(ref PackReader reader, ZipOptions zip)
    {
        var count = (int)reader.Number();
        var counts = new ObjectCounts((int)reader.Number(), (int)reader.Number(), (int)reader.Number());
        var length = reader.Number();
        var layout = new ArchiveLayout(zip, reader.Number(), reader.Number(), length == 0 ? null : length - 1);
        var etag = reader.Text(0);
        var reportName = reader.Text(0);
        var report = reader.Bytes((int)reader.Number()).ToArray();
        var checksumFileName = reader.Text(0);
        var checksumFileSize = reader.Number();
        var shared = new string[reader.Number()];
        for (var i = 0; i < shared.Length; i++)
        {
            shared[i] = reader.Text(0);
        }

        var blocks = (count + PackedList<PlannedObject>.BlockLength - 1) / PackedList<PlannedObject>.BlockLength;
        var content = new ManifestContent
        {
            Layout = layout,
            ETag = etag.Length == 0 ? null : etag,
            Counts = counts,
            Report = reportName.Length == 0 ? null : PlannedObject.Made(reportName, report),
            ChecksumFile = checksumFileName.Length == 0 ? null : ChecksumFile.Plan(checksumFileName, checksumFileSize),
            Count = count,
            Shared = shared,
            Blocks = new long[blocks + 1],
            Entries = new long[blocks + 1],
            Records = new long[blocks + 1],
        };
        content.Blocks[0] = Signature.Length;
        for (var block = 1; block <= blocks; block++)
        {
            content.Blocks[block] = content.Blocks[block - 1] + reader.Number();
            content.Entries[block] = content.Entries[block - 1] + reader.Number();
            content.Records[block] = content.Records[block - 1] + reader.Number();
        }

        return content;
    }
}
