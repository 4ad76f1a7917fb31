using System.Net;
using System.Net.Http.Headers;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.EndToEnd.Tests.Interruptions;

/// <summary>Tests of interrupted and resumed downloads whose objects are on S3 or Azure.</summary>
public sealed class RemoteResumeTests
{
    // The third object is so large that it is fetched in several chunks.
    private static readonly (string Key, int Size)[] Objects = [("a.mp4", 900_000), ("b.jpg", 1_000_001), ("c.zip", 9_000_000), ("empty.jpg", 0), ("d.jpg", 700_000)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("s3")]
    [InlineData("azure")]
    public async Task Two_parts_make_the_whole_and_parts_of_two_versions_are_never_combined(string storage)
    {
        await using var remote = await RemoteServer.StartAsync(storage);
        var url = new Uri(remote.Server.Client.BaseAddress!, await PutAsync(remote));
        using var answer = await remote.Server.Client.GetAsync(url, Token);
        var (whole, etag) = (await answer.Content.ReadAsByteArrayAsync(Token), answer.Headers.ETag!);
        var random = new Random(4711);
        for (var i = 0; i < 25; i++)
        {
            var cut = random.Next(1, whole.Length);
            byte[] joined = [.. await PartAsync(remote, url, 0, cut - 1), .. await PartAsync(remote, url, cut, null)];
            Assert.True(whole.AsSpan().SequenceEqual(joined), $"cut at {cut}");
        }

        await using var folder = new TempFolder();
        var curl = await BrokenDownload.MakeAsync(url, folder, "curl.zip", whole.Length * 2 / 3, Token);
        (await Executable.Require("curl").RunAsync("-sS", "--fail", "-C", "-", "-o", curl, url.AbsoluteUri)).EnsureSuccess();
        var wget = await BrokenDownload.MakeAsync(url, folder, "wget.zip", whole.Length / 3, Token);
        (await Executable.Require("wget").RunAsync("-q", "-c", "-O", wget, url.AbsoluteUri)).EnsureSuccess();
        Assert.Equal(whole, await File.ReadAllBytesAsync(curl, Token));
        Assert.Equal(whole, await File.ReadAllBytesAsync(wget, Token));
        Assert.Equal(Objects.Length, (await ZipReaders.Unzip.UnpackAsync(curl, null, Token)).Count);

        await remote.PutAsync("d.jpg", Content.Make(700_000, 99));

        // The manifest of the old archive still exists. A transfer that uses it breaks off at the changed object, and the manifest is removed.
        await Assert.ThrowsAnyAsync<HttpRequestException>(
            () => SendAsync(remote, url, request => request.Headers.IfRange = new RangeConditionHeaderValue(etag)));
        using var changed = await SendAsync(remote, url, request => request.Headers.IfRange = new RangeConditionHeaderValue(etag));
        Assert.Equal((HttpStatusCode.OK, (long?)whole.Length), (changed.StatusCode, changed.Content.Headers.ContentLength));
        Assert.NotEqual(etag, changed.Headers.ETag);
        Assert.NotEqual(whole, await changed.Content.ReadAsByteArrayAsync(Token));
        using var refused = await SendAsync(remote, url, request => request.Headers.IfMatch.Add(etag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azure")]
    public async Task A_resume_after_a_restart_reads_only_the_objects_that_it_needs_if_checksums_are_kept(string storage)
    {
        await using var remote = await RemoteServer.StartAsync(storage, ("SHUTDOWN_TIMEOUT", "1s"));
        var url = new Uri(remote.Server.Client.BaseAddress!, await PutAsync(remote));
        const int cut = 10_500_000; // inside c.zip, after two objects and some headers
        var before = await ReadObjectsAsync(remote, async () => await PartAsync(remote, url, cut, null));
        Assert.Equal(["a.mp4", "b.jpg", "c.zip", "d.jpg", "empty.jpg"], before.Select(read => read.Key).Distinct().Order());

        Assert.Equal(0, await remote.Server.Process.StopAsync());
        await remote.Server.StartAgainAsync();
        var after = await ReadObjectsAsync(remote, async () => await PartAsync(remote, url, cut, null));
        Assert.Equal(["c.zip", "d.jpg", "empty.jpg"], after.Select(read => read.Key).Distinct().Order());
        var first = cut - 900_000 - 1_000_001;
        Assert.InRange(after.Where(read => read.Key == "c.zip").Min(read => read.Offset), first - 200, first);
    }

    private static async Task<string> PutAsync(RemoteServer remote)
    {
        foreach (var (key, size) in Objects)
        {
            await remote.PutAsync(key, Content.Make(size, size));
        }

        return await remote.AddAsync(Objects.Select(o => new ObjectItem(o.Key)));
    }

    private static async Task<byte[]> PartAsync(RemoteServer remote, Uri url, long from, long? to)
    {
        using var answer = await SendAsync(remote, url, request => request.Headers.Range = new RangeHeaderValue(from, to));
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync(Token);
    }

    /// <summary>Requests the second half of the archive, with a condition.</summary>
    private static async Task<HttpResponseMessage> SendAsync(RemoteServer remote, Uri url, Action<HttpRequestMessage> change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Range = new RangeHeaderValue(5_000_000, null);
        change(request);
        return await remote.Server.Client.SendAsync(request, Token);
    }

    /// <summary>Returns the requests for objects since the last call, with their offsets.</summary>
    private static async Task<List<(string Key, long Offset)>> ReadObjectsAsync(RemoteServer remote, Func<Task> action)
    {
        var asked = remote.Proxy.Requests.Count;
        await action();
        return
        [
            .. from request in remote.Proxy.Requests.Skip(asked)
               where request.Method == "GET"
               let range = request.Headers.GetValueOrDefault("Range") ?? request.Headers.GetValueOrDefault("x-ms-range") ?? "bytes=0-"
               let key = request.Target.Split('?')[0].Split('/')[^1]
               where Objects.Any(o => o.Key == key) // not the requests of health checks
               select (key, long.Parse(range.Split('=', '-')[1], null)),
        ];
    }
}
