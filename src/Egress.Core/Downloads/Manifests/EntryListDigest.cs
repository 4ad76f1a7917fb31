using System.Buffers.Text;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Egress.Downloads.Manifests;

/// <summary>A digest of the list of entries to which the numbers of a selection refer. It depends on names and order, not on contents.</summary>
internal static class EntryListDigest
{
    /// <summary>Returns the digest: 11 characters that need no escaping in a URL.</summary>
    public static string Of(IEnumerable<PlannedObject> objects)
    {
        var hash = new XxHash3();
        foreach (var planned in objects)
        {
            hash.Append(MemoryMarshal.AsBytes(planned.Entry.Name.AsSpan()));
            hash.Append("\0\0"u8);
        }

        return Base64Url.EncodeToString(hash.GetCurrentHash());
    }
}
