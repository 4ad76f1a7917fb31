namespace Egress.Benchmarks.Engine;

/// <summary>An archive to make: as many files of the same content as wanted.</summary>
/// <param name="Content">Content of each file.</param>
/// <param name="Files">How many.</param>
/// <param name="Level">Deflate level; 0 stores.</param>
/// <param name="Password">Encrypts with AES-256; null does not.</param>
internal sealed record Archive(byte[] Content, int Files, int Level = 0, string? Password = null)
{
    /// <summary>Content bytes in all.</summary>
    public long Length => (long)Content.Length * Files;

    public static string Name(int index) => $"folder/file-{index:00000}.bin";
}
