using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Egress.TestKit.Network;

/// <summary>How the body of a response ended.</summary>
public enum BodyEnd
{
    /// <summary>Completely, according to its <c>Content-Length</c> or its last chunk.</summary>
    Whole,

    /// <summary>The server closed the connection normally (FIN). With HTTP/1.0 and without a length, this is the regular end of the body.</summary>
    Closed,

    /// <summary>The server reset the connection (RST).</summary>
    Reset,
}

/// <summary>
/// A client for one HTTP/1.x request on its own socket. It controls and shows details that <see cref="HttpClient"/> hides: slow reading,
/// disconnecting in the middle, and how the server closed the connection.
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

    /// <summary>The status line and the headers of the response.</summary>
    public HttpHead Head { get; }

    /// <summary>Sends a request without a body and reads the head of the response.</summary>
    /// <param name="url">The URL. The scheme must be http.</param>
    /// <param name="method">The method.</param>
    /// <param name="version">HTTP version, <c>1.0</c> or <c>1.1</c>.</param>
    /// <param name="headers">Further header lines, without line breaks.</param>
    /// <param name="receiveBuffer">Size of the socket's receive buffer in bytes. With a small buffer the server notices a slow reader early.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
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

    /// <summary>Reads bytes as they were sent, including the chunk framing.</summary>
    /// <exception cref="EndOfStreamException">The connection was closed before that many bytes arrived.</exception>
    public async Task<byte[]> ReadRawAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <summary>Reads the rest of the body.</summary>
    /// <param name="target">Receives the bytes of the body, without chunk framing; null to drop them.</param>
    /// <param name="bytesPerSecond">The limit of the reading rate; null for no limit.</param>
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

    /// <summary>Disconnects with RST, like a client that was killed.</summary>
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

    // Chunks as in RFC 9112 section 7.1. Trailers are read and dropped.
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
