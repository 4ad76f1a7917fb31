using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Egress.Load;

/// <summary>Clients that download repeatedly, each at its own rate, and count the results.</summary>
internal sealed class Clients(Uri server, IReadOnlyList<string> links)
{
    private const int PieceSize = 16 << 10;

    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(2);

    /// <summary>Number of responses by status.</summary>
    public ConcurrentDictionary<int, int> Statuses { get; } = [];

    /// <summary>Number of complete archives.</summary>
    public int Completed => _completed;

    /// <summary>Number of incomplete archives.</summary>
    public int Failed => _failed;

    /// <summary>Number of archive bytes received so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    private int _completed;
    private int _failed;
    private long _bytes;

    /// <summary>Starts downloads until <paramref name="stopping"/> is canceled, and then waits for running downloads.</summary>
    public async Task RunAsync(int clients, CancellationToken stopping)
    {
        using var http = CreateClient();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(number => RunOneAsync(http, links[number % links.Count], stopping)));
    }

    private async Task RunOneAsync(HttpClient http, string link, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            using var response = await http.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
            Statuses.AddOrUpdate((int)response.StatusCode, 1, static (_, count) => count + 1);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                await ReadAsync(response);
            }
            else
            {
                await Task.Delay(AfterRefusal, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReadAsync(HttpResponseMessage response)
    {
        var buffer = new byte[PieceSize];
        var started = TimeProvider.System.GetTimestamp();
        long read = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            int count;
            while ((count = await body.ReadAsync(buffer)) > 0)
            {
                read += count;
                var ahead = TimeSpan.FromSeconds((double)read / LoadPlan.BytesPerSecond) - TimeProvider.System.GetElapsedTime(started);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, TimeProvider.System, CancellationToken.None);
                }
            }

            Interlocked.Increment(ref read == response.Content.Headers.ContentLength ? ref _completed : ref _failed);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            Interlocked.Increment(ref _failed);
        }

        Interlocked.Add(ref _bytes, read);
    }

    /// <summary>Creates a client with a small socket buffer, so that unread bytes are held by the server and not by the kernel.</summary>
    private HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        ConnectCallback = static async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = PieceSize, NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = server,
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
