using System.Runtime.ExceptionServices;
using Egress.Backends;

namespace Egress.Storage.Resilience;

/// <summary>
/// Reads one object, over several connections if necessary. When a connection breaks, stalls or ends early, the object is opened again at the next byte, on the
/// condition that it has not changed.
/// </summary>
internal sealed class HealingStream : SourceStream
{
    private readonly IObjectStorage _storage;
    private readonly StorageCalls _calls;
    private readonly RetryBudget _budget;
    private readonly ObjectProperties _properties;
    private readonly ReadLimit _limit;
    private readonly long _end;
    private OpenedObject _current;
    private long _position;

    /// <param name="storage">Opens the object again.</param>
    /// <param name="calls">Makes the calls, with retries and time limits.</param>
    /// <param name="budget">The retries of the object that are left after it was opened.</param>
    /// <param name="opened">The opened object, with its first connection.</param>
    /// <param name="range">The range with which the object was opened.</param>
    public HealingStream(IObjectStorage storage, StorageCalls calls, RetryBudget budget, OpenedObject opened, ObjectRange range)
    {
        (_storage, _calls, _budget, _current, _properties) = (storage, calls, budget, opened, opened.Properties);
        _limit = new ReadLimit(calls.FetchTimeout, calls.Time);
        _position = range.Offset;
        _end = range.Offset + Math.Min(range.Length ?? long.MaxValue, opened.Properties.Size - range.Offset);
    }

    /// <inheritdoc/>
    /// <exception cref="BackendException">No retries are left, or the object was replaced or removed (<see cref="BackendFault.Changed"/>).</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, _end - _position)];
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (true)
        {
            try
            {
                var count = await _limit.ReadAsync(_current.Content, buffer, cancellationToken);
                if (count > 0)
                {
                    _position += count;
                    _budget.Arrived(count);
                    return count;
                }

                throw Fault(BackendFault.Unavailable, $"ended after {_position} of {_end} bytes");
            }
            catch (BackendException exception) when (exception.IsTransient)
            {
                await ReopenAsync(exception, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _limit.Dispose();
            _current.Content.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask ReopenAsync(BackendException cause, CancellationToken cancellationToken)
    {
        // Without a validator, the rest could come from another version of the object.
        if (_properties.ETag is null || !_budget.TryTake())
        {
            ExceptionDispatchInfo.Throw(cause);
        }

        _calls.Retried(cause);
        await _current.DisposeAsync();
        var rest = new ObjectRange(_position, _end - _position, _properties.ETag);
        _current = await _calls.RunAsync(
            static (it, stop) => it.storage.OpenAsync(it.location, it.rest, stop),
            (storage: _storage, location: _properties.Location, rest),
            _budget,
            cancellationToken) ?? throw Fault(BackendFault.Changed, "was removed while it was read");
    }

    private BackendException Fault(BackendFault fault, string how) =>
        new(Backend.Storage, fault, $"'{_properties.Location.Key}' in '{_properties.Location.Bucket}' {how}.");
}
