using System.Diagnostics;
using System.Net.Http.Headers;

namespace Egress.Benchmarks.Ranges;

/// <summary>What a client measured of one response.</summary>
/// <param name="FirstByte">The time from the request to the first byte of the body, or to the end of the head if there is no body.</param>
/// <param name="Bytes">Number of bytes of the body.</param>
/// <param name="Length">The value of <c>Content-Length</c>; null without one.</param>
/// <param name="ETag">The ETag of the archive; null without one.</param>
internal sealed record RangeAnswer(TimeSpan FirstByte, long Bytes, long? Length, string? ETag);

/// <summary>Requests an archive or ranges of it, over connections that stay open.</summary>
/// <param name="port">Port on loopback.</param>
internal sealed class RangeClient(int port) : IDisposable
{
    private const int BufferSize = 256 << 10;

    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Requests only the headers (HEAD).</summary>
    /// <param name="path">Path and query.</param>
    public Task<RangeAnswer> HeadAsync(string path) => SendAsync(HttpMethod.Head, path, 200);

    /// <summary>Requests the archive on the condition that its ETag has changed. It must not have changed.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="etag">The ETag of the archive.</param>
    public Task<RangeAnswer> NotModifiedAsync(string path, string etag) => SendAsync(HttpMethod.Get, path, 304, headers => headers.TryAddWithoutValidation("If-None-Match", etag));

    /// <summary>Downloads the archive.</summary>
    /// <param name="path">Path and query.</param>
    public Task<RangeAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, 200);

    /// <summary>Downloads a range of the archive.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="etag">The ETag for <c>If-Range</c>; null to request the range unconditionally.</param>
    /// <param name="from">Offset of the first byte; null for the last <paramref name="to"/> bytes.</param>
    /// <param name="to">Offset of the last byte; null for all bytes to the end.</param>
    public Task<RangeAnswer> RangeAsync(string path, string? etag, long? from, long? to) => SendAsync(HttpMethod.Get, path, 206, headers =>
    {
        headers.Range = new RangeHeaderValue(from, to);
        headers.IfRange = etag is null ? null : RangeConditionHeaderValue.Parse(etag);
    });

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<RangeAnswer> SendAsync(HttpMethod method, string path, int status, Action<HttpRequestHeaders>? prepare = null)
    {
        using var request = new HttpRequestMessage(method, path);
        prepare?.Invoke(request.Headers);
        var start = Stopwatch.GetTimestamp();
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if ((int)response.StatusCode != status)
        {
            throw new InvalidOperationException($"{request} was answered with {response}");
        }

        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[BufferSize];
        var received = (long)await body.ReadAsync(buffer);
        var firstByte = Stopwatch.GetElapsedTime(start);
        for (int read; (read = await body.ReadAsync(buffer)) > 0; received += read)
        {
        }

        return new RangeAnswer(firstByte, received, response.Content.Headers.ContentLength, response.Headers.ETag?.ToString());
    }
}
