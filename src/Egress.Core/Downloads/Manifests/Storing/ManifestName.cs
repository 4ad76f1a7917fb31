using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Downloads.Manifests.Storing;

/// <summary>The ids under which manifests are stored: hashes, so that they have one length and disclose nothing about the record.</summary>
internal static class ManifestName
{
    /// <summary>The number of bytes of the hash that are used: enough to make a collision practically impossible.</summary>
    private const int Length = 20;

    /// <summary>Returns the id of the <see cref="ManifestHead"/> of a record's archive.</summary>
    /// <param name="settings">The settings on which the plan depends.</param>
    /// <param name="key">The record.</param>
    /// <param name="etag">Validator of the archive; null for the newest archive.</param>
    public static string OfHead(string settings, ManifestKey key, string? etag)
    {
        Span<byte> fingerprint = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(fingerprint, key.Fingerprint);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(fingerprint);
        foreach (var text in (string[])[settings, key.RecordId, etag ?? ""])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, Length));
    }

    /// <summary>Returns the id of a form. Processes that plan the same archive at the same time write equal forms under the same id.</summary>
    /// <param name="head">The id of the head with the archive's <c>ETag</c>.</param>
    /// <param name="hash">The hash of the form.</param>
    public static string OfForm(string head, ulong hash) => $"{head}.{hash:x16}";
}
