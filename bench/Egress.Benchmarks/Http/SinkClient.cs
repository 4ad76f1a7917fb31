using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Egress.Benchmarks.Http;

/// <summary>What a client measured of one download.</summary>
/// <param name="Bytes">Number of received bytes, including the head and the chunk framing.</param>
/// <param name="FirstByte">Time from the request to the first byte of the body.</param>
/// <param name="Duration">Time from the request to the end.</param>
/// <param name="IsWhole">False if the download reached the time limit.</param>
internal sealed record Download(long Bytes, TimeSpan FirstByte, TimeSpan Duration, bool IsWhole);

/// <summary>A client that takes very little processor time: one blocking thread that receives bytes and drops them.</summary>
internal sealed partial class SinkClient
{
    /// <summary>How many bytes at the end are kept for the check of the archive. bsdtar fills its last block of 10 KiB with zeros.</summary>
    private const int TailLength = 16 << 10;

    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly byte[] _tail = new byte[TailLength];

    /// <summary>Downloads an archive on a new connection, and checks that the bytes end with the end record of an archive.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="entries">The number of entries that the archive must have.</param>
    /// <param name="limit">The time limit, after which the download is aborted.</param>
    /// <exception cref="InvalidOperationException">The server refused the request, or the archive is incomplete.</exception>
    public Download Get(int port, string path, int entries, TimeSpan limit) => Get(new DnsEndPoint("127.0.0.1", port), path, entries, limit);

    /// <summary>Downloads an archive from a server that need not be on loopback (<see cref="Get(int, string, int, TimeSpan)"/>).</summary>
    /// <param name="server">The address at which it listens.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="entries">The number of entries that the archive must have.</param>
    /// <param name="limit">The time limit, after which the download is aborted.</param>
    public Download Get(DnsEndPoint server, string path, int entries, TimeSpan limit)
    {
        using var socket = Connect(server);
        var start = Stopwatch.GetTimestamp();
        socket.Send(Request(path));
        var received = 0L;
        var head = 0;
        TimeSpan? firstByte = null;
        int count;
        while ((count = socket.Receive(_buffer, head, _buffer.Length - head, SocketFlags.None)) > 0)
        {
            received += count;
            if (firstByte is null)
            {
                // The bytes are collected until the body begins, because the head may arrive without any of the body.
                head += count;
                if (IsPastHead(_buffer.AsSpan(0, head), path))
                {
                    firstByte = Stopwatch.GetElapsedTime(start);
                    KeepTail(_buffer.AsSpan(0, head));
                    head = 0;
                }

                continue;
            }

            KeepTail(_buffer.AsSpan(0, count));
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                return new(received, firstByte.Value, Stopwatch.GetElapsedTime(start), IsWhole: false);
            }
        }

        var duration = Stopwatch.GetElapsedTime(start);
        CheckEnd(path, entries);
        return new(received, firstByte ?? duration, duration, IsWhole: true);
    }

    /// <summary>Sends a request, and closes the connection at the first byte of the body.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="path">Path and query.</param>
    /// <returns>The time until the first byte.</returns>
    /// <exception cref="InvalidOperationException">The server refused the request, or sent no body.</exception>
    public TimeSpan TimeToFirstByte(int port, string path)
    {
        using var socket = Connect(new DnsEndPoint("127.0.0.1", port));
        var start = Stopwatch.GetTimestamp();
        socket.Send(Request(path));
        var head = 0;
        while (socket.Receive(_buffer, head, _buffer.Length - head, SocketFlags.None) is > 0 and var count)
        {
            head += count;
            if (IsPastHead(_buffer.AsSpan(0, head), path))
            {
                return Stopwatch.GetElapsedTime(start);
            }
        }

        throw new InvalidOperationException($"{path}: the connection was closed before the first byte of the body.");
    }

    /// <summary>Requests only the headers of something.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="path">Path and query.</param>
    /// <exception cref="InvalidOperationException">The server refused.</exception>
    public void Head(int port, string path)
    {
        using var socket = Connect(new DnsEndPoint("127.0.0.1", port));
        socket.Send(Encoding.ASCII.GetBytes($"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        var head = 0;
        while (socket.Receive(_buffer, head, _buffer.Length - head, SocketFlags.None) is > 0 and var count)
        {
            head += count;
        }

        IsPastHead(_buffer.AsSpan(0, head), path);
    }

    /// <summary>Formats a request with <c>Connection: close</c>.</summary>
    public static byte[] Request(string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    private static Socket Connect(DnsEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        return socket;
    }

    private static bool IsPastHead(ReadOnlySpan<byte> received, string path)
    {
        if (received.IndexOf("\r\n"u8) is >= 0 and var line && received[..line].IndexOf(" 200 "u8) < 0)
        {
            throw new InvalidOperationException($"{path}: {Encoding.ASCII.GetString(received)}");
        }

        return received.IndexOf("\r\n\r\n"u8) is >= 0 and var end && received.Length > end + 4;
    }

    private void KeepTail(ReadOnlySpan<byte> received)
    {
        if (received.Length >= TailLength)
        {
            received[^TailLength..].CopyTo(_tail);
            return;
        }

        _tail.AsSpan(received.Length).CopyTo(_tail);
        received.CopyTo(_tail.AsSpan(TailLength - received.Length));
    }

    /// <summary>
    /// Checks the end of central directory record, which contains the number of entries (APPNOTE 4.3.16). Some servers send it in many chunks.
    /// </summary>
    private void CheckEnd(string path, int entries)
    {
        var bytes = Encoding.Latin1.GetBytes(ChunkFraming().Replace(Encoding.Latin1.GetString(_tail), ""));
        var end = bytes.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(end + 10)) != Math.Min(entries, ushort.MaxValue))
        {
            throw new InvalidOperationException($"{path}: this is not the end of an archive with {entries} entries.");
        }
    }

    [GeneratedRegex("\r\n[0-9A-Fa-f]+\r\n")]
    private static partial Regex ChunkFraming();
}
