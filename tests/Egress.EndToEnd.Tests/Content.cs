namespace Egress.EndToEnd.Tests;

/// <summary>Creates the content of objects.</summary>
internal static class Content
{
    /// <summary>Returns bytes that are the same for the same arguments.</summary>
    public static byte[] Make(int size, int seed, bool compressible = false)
    {
        var bytes = new byte[size];
        var random = new Random(seed);
        random.NextBytes(bytes);
        if (compressible)
        {
            for (var i = 0; i < size; i++)
            {
                bytes[i] = (byte)('a' + (bytes[i] % 4));
            }
        }

        return bytes;
    }
}
