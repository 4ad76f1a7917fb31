using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Egress.TestKit.Network;

/// <summary>How the body of a response ended.</summary>
public enum BodyEnd
{
    /// <summary>All of it arrived, as its <c>Content-Length</c> or its last chunk says.</summary>
    Whole,

    /// <summary>The connection was closed normally (FIN). With HTTP/1.0 and without a length this looks like the end of the content.</summary>
    Closed,

    /// <summary>The connection was reset.</summary>
    Reset,
}

/// <summary>
/// One HTTP/1.x request on its own socket, for details that <see cref="HttpClient"/> hides: slow reading, disconnecting in the middle, and how the
/// server ended the connection.
/// </summary>
public sealed class RawHttpClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawHttpClient(Socket socket, HttpHead head)
    {
        _socket = socket;
        _stream = new NetworkStream(socket);
        Head = head;
    }

    /// <summary>Status and headers of the response.</summary>
    public HttpHead Head { get; }

    /// <summary>Sends a request without a body and reads the head of the response.</summary>
    /// <param name="url">The URL; http only.</param>
    /// <param name="method">The method.</param>
    /// <param name="version">HTTP version, <c>1.0</c> or <c>1.1</c>.</param>
    /// <param name="headers">Further header lines, without line ends.</param>
    /// <param name="receiveBuffer">Size of the socket's buffer, in bytes. With a small buffer the server notices a slow reader early.</param>
    /// <param name="cancellationToken">Cancels the exchange.</param>
    public static async Task<RawHttpClient> SendAsync(
        Uri url,
        string method = "GET",
        string version = "1.1",
        IEnumerable<string>? headers = null,
        int receiveBuffer = 16 * 1024,
        CancellationToken cancellationToken = default)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = receiveBuffer };
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, cancellationToken);
            await using var stream = new NetworkStream(socket);
            string[] lines = [$"{method} {url.PathAndQuery} HTTP/{version}", $"Host: {url.Authority}", .. headers ?? [], "", ""];
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines)), cancellationToken);
            return new RawHttpClient(socket, await HttpHead.ReadAsync(stream, cancellationToken));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads some bytes as they are on the wire, the framing of chunks included.</summary>
    /// <exception cref="EndOfStreamException">The connection was closed before.</exception>
    public async Task<byte[]> ReadRawAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <summary>Reads the rest of the body.</summary>
    /// <param name="target">Receives the bytes of the body, without the framing of chunks; null to drop them.</param>
    /// <param name="bytesPerSecond">Reads no faster than this; null for as fast as possible.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>How the body ended.</returns>
    public async Task<BodyEnd> ReadBodyAsync(
        Stream? target = null, long? bytesPerSecond = null, CancellationToken cancellationToken = default)
    {
        Stream source = bytesPerSecond is { } rate ? new PacedStream(_stream, rate, TimeProvider.System) : _stream;
        try
        {
            if (Head.Headers.TryGetValue("Transfer-Encoding", out string? encoding) && encoding == "chunked")
            {
                return await ReadChunksAsync(source, target ?? Stream.Null, cancellationToken);
            }

            long? length = Head.Headers.TryGetValue("Content-Length", out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;
            long read = await CopyAsync(source, target ?? Stream.Null, length ?? long.MaxValue, cancellationToken);
            return read == length ? BodyEnd.Whole : BodyEnd.Closed;
        }
        catch (EndOfStreamException)
        {
            return BodyEnd.Closed;
        }
        catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return BodyEnd.Reset;
        }
    }

    /// <summary>Disconnects by RST, like a client that was killed.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    // RFC 9112 section 7.1; trailers are read and dropped.
    private static async Task<BodyEnd> ReadChunksAsync(Stream source, Stream target, CancellationToken cancellationToken)
    {
        while (true)
        {
            string line = await ReadLineAsync(source, cancellationToken);
            long size = long.Parse(line.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                while (await ReadLineAsync(source, cancellationToken) != "")
                {
                }

                return BodyEnd.Whole;
            }

            if (await CopyAsync(source, target, size, cancellationToken) < size)
            {
                return BodyEnd.Closed;
            }

            await ReadLineAsync(source, cancellationToken);
        }
    }

    private static async Task<string> ReadLineAsync(Stream source, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (line is not [.., '\r', '\n'])
        {
            await source.ReadExactlyAsync(one, cancellationToken);
            line.Append((char)one[0]);
        }

        return line.ToString(0, line.Length - 2);
    }

    private static async Task<long> CopyAsync(Stream source, Stream target, long count, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        long copied = 0;
        while (copied < count)
        {
            int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count - copied)), cancellationToken);
            if (read == 0)
            {
                break;
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            copied += read;
        }

        return copied;
    }
}
