using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Core.Tests.Storage.Resilience;

/// <summary>A storage with one object and a script, which contains the result of each call. Calls after the end of the script succeed.</summary>
internal sealed class ScriptedStorage : IObjectStorage, IPagedListing
{
    public static readonly ObjectLocation Location = new("bucket", "object");

    private readonly Queue<Func<CancellationToken, Task>> _steps = [];
    private readonly SemaphoreSlim _stalls = new(0);
    private readonly Queue<Func<Stream, Stream>> _bodies = [];

    public byte[] Content { get; set; } = [.. Enumerable.Range(0, 1000).Select(number => (byte)number)];

    public string? ETag { get; set; } = "\"one\"";

    public bool Missing { get; set; }

    public bool IsRemote { get; set; } = true;

    /// <summary>The ranges of the calls that opened the object, in order.</summary>
    public List<ObjectRange> Opened { get; } = [];

    public int Calls { get; private set; }

    public List<string?> Pages { get; } = [];

    /// <summary>Makes the next call fail.</summary>
    public ScriptedStorage ThenFail(BackendFault fault, TimeSpan? retryAfter = null) => Then(_ =>
        throw new BackendException(Backend.Storage, fault, $"Scripted: {fault}.") { RetryAfter = retryAfter });

    /// <summary>Makes the next call wait until it is canceled.</summary>
    public ScriptedStorage ThenStall() => Then(StallAsync);

    /// <summary>Makes the content of the next opened object stall after some bytes, until the read is canceled.</summary>
    public ScriptedStorage ThenStallAfter(int bytes) => ThenBody(inner => new BrokenBody(inner, bytes, StallAsync));

    /// <summary>Waits until a call or a content stream stalls. Each stall completes one wait.</summary>
    public Task StalledAsync() => _stalls.WaitAsync(Xunit.TestContext.Current.CancellationToken);

    public ScriptedStorage ThenSucceed() => Then(_ => Task.CompletedTask);

    public ScriptedStorage Then(Func<CancellationToken, Task> step)
    {
        _steps.Enqueue(step);
        return this;
    }

    /// <summary>Replaces the content stream of the next opened object.</summary>
    public ScriptedStorage ThenBody(Func<Stream, Stream> body)
    {
        _bodies.Enqueue(body);
        return this;
    }

    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        Opened.Add(range);
        await StepAsync(cancellationToken);
        if (Missing)
        {
            return null;
        }

        if (range.IfMatch is not null && range.IfMatch != ETag)
        {
            throw new BackendException(Backend.Storage, BackendFault.Changed, "Scripted: another version.");
        }

        var length = Math.Min(range.Length ?? long.MaxValue, Content.Length - range.Offset);
        Stream body = new MemoryStream(Content, (int)range.Offset, (int)length, writable: false);
        return new OpenedObject(Properties(location), _bodies.TryDequeue(out var change) ? change(body) : body);
    }

    public async ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        await StepAsync(cancellationToken);
        return Missing ? null : Properties(location);
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        ObjectPrefix prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await StepAsync(cancellationToken);
        yield return Properties(Location);
    }

    public async ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken)
    {
        Pages.Add(continuation);
        await StepAsync(cancellationToken);
        var page = continuation is null ? 0 : int.Parse(continuation, System.Globalization.CultureInfo.InvariantCulture);
        return new ObjectPage(
            [Properties(new ObjectLocation(prefix.Bucket, $"{page}a")), Properties(new ObjectLocation(prefix.Bucket, $"{page}b"))],
            $"{page}b",
            page < 2 ? $"{page + 1}" : null);
    }

    private ObjectProperties Properties(ObjectLocation location) => new(location, Content.Length) { ETag = ETag };

    private Task StallAsync(CancellationToken cancellationToken)
    {
        var stalled = Task.Delay(Timeout.Infinite, cancellationToken);
        _stalls.Release();
        return stalled;
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        Calls++;
        if (_steps.TryDequeue(out var step))
        {
            await step(cancellationToken);
        }
    }
}
