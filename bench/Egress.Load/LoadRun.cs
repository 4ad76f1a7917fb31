namespace Egress.Load;

/// <summary>Runs a load test, from the first download to the last.</summary>
internal static class LoadRun
{
    public static async Task<LoadResult> RunAsync(LoadPlan plan, FlakyStorage storage, Clients clients, Observer observer)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var noMore = new CancellationTokenSource();
        using var seenEnough = new CancellationTokenSource();
        var watching = observer.RunAsync(() => TimeProvider.System.GetElapsedTime(started), seenEnough.Token);
        var downloading = clients.RunAsync(plan.Clients, noMore.Token);

        await Task.Delay(plan.OutageAt, TimeProvider.System, CancellationToken.None);
        storage.Fails = true;
        await Task.Delay(plan.Outage, TimeProvider.System, CancellationToken.None);
        storage.Fails = false;
        await Task.Delay(plan.Duration - plan.OutageAt - plan.Outage, TimeProvider.System, CancellationToken.None);
        await noMore.CancelAsync();
        await downloading;

        // A client can receive its last byte shortly before the server counts the download.
        var end = await observer.ScrapeAsync();
        while (end["egress_active_downloads"] > 0)
        {
            end = await observer.ScrapeAsync();
        }

        // A scrape can happen between two metrics, when the last download has ended but its outcome is not counted yet.
        end = await observer.ScrapeAsync();
        await seenEnough.CancelAsync();
        await watching;
        return new LoadResult(plan, clients, observer, end);
    }
}
