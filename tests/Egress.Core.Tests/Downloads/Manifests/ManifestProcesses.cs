using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>The base class of tests with several processes that share a scripted storage, a manifest store and a clock.</summary>
public abstract class ManifestProcesses : IAsyncLifetime
{
    private readonly List<DownloadProcess> _processes = [];

    internal FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddYears(55));

    internal MemoryManifestStore Store { get; } = new();

    internal ScriptedStorage Storage { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected void Put(int count, int size)
    {
        var random = new Random(count);
        for (var i = 0; i < count; i++)
        {
            var content = new byte[size];
            random.NextBytes(content);
            Storage.Objects[$"p/{i:d5}.jpg"] = content;
        }
    }

    protected void Change(string key)
    {
        var changed = Storage.Objects[key].ToArray();
        changed[0]++;
        (Storage.Objects[key], Storage.ETags[key]) = (changed, "\"changed\"");
    }

    private protected DownloadProcess Start(params (string Name, string Value)[] settings)
    {
        var process = new DownloadProcess(Storage, Store, Time, settings);
        _processes.Add(process);
        return process;
    }

    protected void Clear()
    {
        Storage.Listed.Clear();
        Storage.LookedUp.Clear();
        Storage.Opened.Clear();
    }

    protected void AssertStorageWasNotUsed()
    {
        Assert.Empty(Storage.Listed);
        Assert.Empty(Storage.LookedUp);
        Assert.Empty(Storage.Opened);
    }
}
