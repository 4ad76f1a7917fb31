using System.Text;

namespace Egress.TestKit.Network;

/// <summary>The first line and the headers of an HTTP/1.x message, unchanged.</summary>
public sealed class HttpHead
{
    private const int MaxBytes = 64 * 1024;

    private readonly string[] _headerLines;

    private HttpHead(string text)
    {
        string[] lines = text.Split("\r\n");
        StartLine = lines[0];
        _headerLines = lines[1..];
        Headers = _headerLines
            .Select(line => line.Split(':', 2))
            .GroupBy(parts => parts[0], parts => parts[1].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The request line or the status line.</summary>
    public string StartLine { get; }

    /// <summary>Header values by name, without regard to case. Repeated headers are joined by a comma.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Method of the request.</summary>
    public string Method => StartLine.Split(' ')[0];

    /// <summary>Path and query of the request, still percent-encoded.</summary>
    public string Target => StartLine.Split(' ')[1];

    /// <summary>Status code of the response.</summary>
    public int Status => int.Parse(StartLine.Split(' ')[1], provider: null);

    /// <inheritdoc/>
    public override string ToString() => StartLine;

    /// <summary>Reads the head of a message, and no byte after it.</summary>
    /// <exception cref="EndOfStreamException">The stream ended before the end of the head.</exception>
    internal static async Task<HttpHead> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var bytes = new List<byte>();
        byte[] one = new byte[1];
        while (!bytes[Math.Max(0, bytes.Count - 4)..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (bytes.Count == MaxBytes)
            {
                throw new InvalidDataException("An HTTP head longer than 64 KiB.");
            }

            await stream.ReadExactlyAsync(one, cancellationToken);
            bytes.Add(one[0]);
        }

        return new HttpHead(Encoding.Latin1.GetString([.. bytes[..^4]]));
    }

    /// <summary>Returns the bytes of the head with one header replaced.</summary>
    internal byte[] ToBytesWith(string name, string value)
    {
        IEnumerable<string> kept = _headerLines.Where(line => !line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return Encoding.Latin1.GetBytes(string.Join("\r\n", [StartLine, .. kept, $"{name}: {value}", "", ""]));
    }
}
