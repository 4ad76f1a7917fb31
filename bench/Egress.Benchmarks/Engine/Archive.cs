namespace Egress.Benchmarks.Engine;

/// <summary>An archive to write: a number of files with the same content.</summary>
/// <param name="Content">Content of each file.</param>
/// <param name="Files">Number of files.</param>
/// <param name="Level">Deflate level; 0 stores the content.</param>
/// <param name="Password">Password for AES-256; null for no encryption.</param>
internal sealed record Archive(byte[] Content, int Files, int Level = 0, string? Password = null)
{
    /// <summary>The sum of the bytes of all files.</summary>
    public long Length => (long)Content.Length * Files;

    public static string Name(int index) => $"folder/file-{index:00000}.bin";
}
