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
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Load;

/// <summary>
/// Measures the processor time of downloads of 1,000 files of 64 KiB, with and without the decorators that measure every object. Both servers and the
/// client run in this process, so only the ratio is meaningful. The servers are measured in turn.
/// </summary>
internal static class Overhead
{
    private const int Files = 1000;
    private const int FileSize = 64 << 10;
    private const int DownloadsPerTurn = 2;

    /// <summary>The number of first rounds that are not counted, because the runtime is still compiling.</summary>
    private const int WarmUpRounds = 40;

    /// <summary>Measures both servers, and returns the result as one line.</summary>
    /// <param name="rounds">How many times each server is measured.</param>
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
        for (var round = -WarmUpRounds; round < rounds; round++)
        {
            // In every round each server is measured first once and last once, because the order affects the measurement.
            var (outward, bareCost) = (await CostAsync(measured), await CostAsync(bare));
            bareCost += await CostAsync(bare);
            var ratio = (outward + await CostAsync(measured)) / bareCost;
            if (round >= 0)
            {
                ratios.Add(ratio);
            }
        }

        return Describe(ratios);
    }

    /// <summary>Returns the median and its 95 % confidence interval, from order statistics.</summary>
    private static string Describe(List<double> ratios)
    {
        ratios.Sort();
        var half = (int)Math.Ceiling(0.98 * Math.Sqrt(ratios.Count));
        var (low, high) = (Math.Max(0, (ratios.Count / 2) - half), Math.Min(ratios.Count - 1, (ratios.Count / 2) + half));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Processor time with measuring ÷ without: median {ratios[ratios.Count / 2]:0.000} of {ratios.Count} rounds, "
            + $"95 % interval of the median {ratios[low]:0.000} to {ratios[high]:0.000}, "
            + $"quartiles {ratios[ratios.Count / 4]:0.000} and {ratios[ratios.Count * 3 / 4]:0.000}");
    }

    private static async Task<double> CostAsync(WebApplication server)
    {
        var signer = server.Services.GetRequiredService<LinkSigner>();
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        GC.Collect();
        var before = Environment.CpuUsage.TotalTime;
        for (var download = 0; download < DownloadsPerTurn; download++)
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
            // The last registration is used, so these services have no measuring decorators.
            builder.Services.AddRecordStore(settings.Records, settings.CircuitBreaker)
                .AddObjectStorage(settings.Storage, settings.Resilience, settings.CircuitBreaker);
        }

        var app = builder.Build();
        var egress = app.Services.GetRequiredService<EgressEndpoints>();
        app.UseRouting();
        app.Map(EgressRoutes.Download, context => egress.AnswerAsync(EgressRoutes.Download, context, CancellationToken.None));
        await app.Services.GetRequiredService<IRecordWriter>().TryAddAsync(
            new DownloadRecord { Id = "a", Bucket = "a", Objects = [.. Enumerable.Range(0, Files).Select(static file => new ObjectItem($"{file}.jpg"))] },
            CancellationToken.None);
        await app.StartAsync();
        return app;
    }
}
