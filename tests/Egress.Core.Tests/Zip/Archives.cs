using System.IO.Pipelines;
using Egress.Zip;

namespace Egress.Core.Tests.Zip;

/// <summary>Writes archives for tests.</summary>
internal static class Archives
{
    public static async Task<byte[]> WriteAsync(
        ZipOptions options, IEnumerable<(ZipEntry Entry, byte[] Content)> entries, CancellationToken cancellationToken)
    {
        using var target = new MemoryStream();
        await WriteAsync(target, options, entries.Select(entry => (entry.Entry, (Stream)new MemoryStream(entry.Content))), cancellationToken);
        return target.ToArray();
    }

    public static async Task WriteAsync(
        Stream target, ZipOptions options, IEnumerable<(ZipEntry Entry, Stream Source)> entries, CancellationToken cancellationToken)
    {
        var pipe = PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true));
        using var writer = new ZipArchiveWriter(pipe, options);
        foreach (var (entry, source) in entries)
        {
            await writer.WriteEntryAsync(entry, source, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
        await pipe.CompleteAsync();
    }

    /// <summary>Returns bytes that are the same in every run. Compressible bytes resemble text.</summary>
    public static byte[] Content(int length, bool compressible, int seed = 1)
    {
        var random = new Random(seed);
        var content = new byte[length];
        if (!compressible)
        {
            random.NextBytes(content);
            return content;
        }

        string[] words = ["archive ", "the ", "entry ", "of ", "download ", "a\n", "stream ", "byte ", "header ", "and "];
        for (var i = 0; i < length;)
        {
            foreach (var letter in words[random.Next(words.Length)].AsSpan()[..])
            {
                if (i < length)
                {
                    content[i++] = (byte)letter;
                }
            }
        }

        return content;
    }
}
