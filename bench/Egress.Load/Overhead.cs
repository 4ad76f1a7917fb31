using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Egress.Http;
using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Egress.Storage;
using Egress.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Load;

/// <summary>
/// Processor time of downloads of 1,000 files of 64 KiB, with what measures every object and without it. Both servers run in this process and
/// take turns, client included; only the ratio says something.
/// </summary>
internal static class Overhead
{
    private const int Files = 1000;
    private const int FileSize = 64 << 10;
    private const int DownloadsPerRound = 5;

    /// <summary>Measures, and tells the result in a line.</summary>
    /// <param name="rounds">How often each is measured.</param>
    public static async Task<string> MeasureAsync(int rounds)
    {
        await using var folder = new TempFolder();
        for (var file = 0; file < Files; file++)
        {
            await folder.WriteAsync($"files/a/{file}.jpg", RandomNumberGenerator.GetBytes(FileSize));
        }

        await using var measured = await StartAsync(folder, "measured", isMeasured: true);
        await using var bare = await StartAsync(folder, "bare", isMeasured: false);
        var ratios = new List<double>();
        for (var round = -2; round < rounds; round++)
        {
            // Whoever is first in a round finds another machine than the second.
            var first = round % 2 == 0 ? measured : bare;
            var second = round % 2 == 0 ? bare : measured;
            var (one, two) = (await CostAsync(first), await CostAsync(second));
            if (round >= 0)
            {
                ratios.Add(round % 2 == 0 ? one / two : two / one);
            }
        }

        ratios.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Processor time with measuring ÷ without: median {ratios[rounds / 2]:0.000}, "
            + $"quartiles {ratios[rounds / 4]:0.000} and {ratios[rounds * 3 / 4]:0.000} of {rounds} rounds");
    }

    private static async Task<double> CostAsync(WebApplication server)
    {
        var signer = server.Services.GetRequiredService<LinkSigner>();
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        GC.Collect();
        var before = Environment.CpuUsage.TotalTime;
        for (var download = 0; download < DownloadsPerRound; download++)
        {
            using var response = await client.GetAsync($"/download/a?signature={signer.Sign("a", null)}", HttpCompletionOption.ResponseHeadersRead);
            await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
            await body.CopyToAsync(Stream.Null);
        }

        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static async Task<WebApplication> StartAsync(TempFolder folder, string name, bool isMeasured)
    {
        var settings = SettingsReader.Read(
            SettingSource.FromEnvironment(new Dictionary<string, string>
            {
                ["DB_URL"] = $"sqlite://{folder[$"{name}.db"]}",
                ["STORAGE_PATH"] = folder["files"],
                ["DATA_DIR"] = folder[name],
                ["SIGNING_SECRET"] = "overhead-0123456789",
            }),
            HostProfile.Server);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore().AddEgress(settings);
        if (!isMeasured)
        {
            // The last registration counts: these have nothing around them that measures.
            builder.Services.AddRecordStore(settings.Records, settings.CircuitBreaker)
                .AddObjectStorage(settings.Storage, settings.Resilience, settings.CircuitBreaker);
        }

        var app = builder.Build();
        var egress = app.Services.GetRequiredService<EgressEndpoints>();
        app.UseRouting();
        app.Map("/download/{id}", (HttpContext context, string id) => egress.DownloadAsync(context, id, CancellationToken.None));
        await app.Services.GetRequiredService<IRecordWriter>().TryAddAsync(
            new DownloadRecord { Id = "a", Bucket = "a", Objects = [.. Enumerable.Range(0, Files).Select(static file => new ObjectItem($"{file}.jpg"))] },
            CancellationToken.None);
        await app.StartAsync();
        return app;
    }
}
