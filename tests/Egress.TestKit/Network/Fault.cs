namespace Egress.TestKit.Network;

/// <summary>How a connection is closed early.</summary>
public enum CutKind
{
    /// <summary>With RST: the peer's reads fail, and bytes that it has not read yet are lost.</summary>
    Reset,

    /// <summary>With FIN: the peer's reads reach the end of the stream.</summary>
    Close,
}

/// <summary>In which direction bytes are sent.</summary>
public enum Direction
{
    /// <summary>From the server to the client.</summary>
    ToClient,

    /// <summary>From the client to the server.</summary>
    ToServer,
}

/// <summary>
/// A fault of a connection that occurs after a number of bytes. <see cref="FaultProxy"/> counts all bytes of one direction,
/// <see cref="HttpFaultProxy"/> counts the bytes of the response's body.
/// </summary>
public abstract class Fault
{
    private readonly TaskCompletionSource _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected Fault(long offset, Direction direction)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Offset = offset;
        Direction = direction;
    }

    /// <summary>Completes when the fault has occurred for the first time. Tests await this instead of sleeping.</summary>
    public Task Applied => _applied.Task;

    internal long Offset { get; }

    internal Direction Direction { get; }

    /// <summary>Closes the connection after this many bytes.</summary>
    public static Fault Cut(long afterBytes, CutKind kind = CutKind.Reset, Direction direction = Direction.ToClient) =>
        new CutFault(afterBytes, kind, direction);

    /// <summary>Ends the connection after this many bytes, as soon as a task has completed. Until then nothing more is forwarded.</summary>
    public static Fault Cut(long afterBytes, CutKind kind, Task when) => new CutFault(afterBytes, kind, Direction.ToClient, when);

    /// <summary>Stops forwarding after this many bytes, until <see cref="StallFault.Release"/> or until either side disconnects.</summary>
    public static StallFault Stall(long afterBytes, Direction direction = Direction.ToClient) => new(afterBytes, direction);

    /// <summary>Pauses once, after this many bytes.</summary>
    public static Fault Delay(TimeSpan delay, long afterBytes = 0, Direction direction = Direction.ToClient) =>
        new DelayFault(delay, afterBytes, direction);

    /// <summary>Inverts the byte at an offset.</summary>
    public static Fault Corrupt(long offset, Direction direction = Direction.ToClient) => new CorruptFault(offset, direction);

    /// <summary>Called after <see cref="Offset"/> bytes were forwarded and before the next one is read.</summary>
    internal virtual Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
        return Task.CompletedTask;
    }

    /// <summary>Called with the bytes that follow <see cref="Offset"/>, before they are forwarded.</summary>
    internal virtual void Change(Span<byte> bytes)
    {
    }

    private protected void Meet() => _applied.TrySetResult();
}

/// <summary>A pause until the test ends it.</summary>
public sealed class StallFault : Fault
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal StallFault(long offset, Direction direction)
        : base(offset, direction)
    {
    }

    /// <summary>Resumes forwarding on every connection with this fault, including later ones.</summary>
    public void Release() => _released.TrySetResult();

    internal override Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
        return _released.Task.WaitAsync(cancellationToken);
    }
}

internal sealed class CutFault(long offset, CutKind kind, Direction direction, Task? when = null) : Fault(offset, direction)
{
    internal override async Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
        await (when ?? Task.CompletedTask).WaitAsync(cancellationToken);
        throw new ConnectionCutException(kind);
    }
}

internal sealed class DelayFault(TimeSpan delay, long offset, Direction direction) : Fault(offset, direction)
{
    internal override Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
        return Task.Delay(delay, TimeProvider.System, cancellationToken);
    }
}

internal sealed class CorruptFault(long offset, Direction direction) : Fault(offset, direction)
{
    internal override Task MeetAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal override void Change(Span<byte> bytes)
    {
        bytes[0] ^= 0xFF;
        Meet();
    }
}

/// <summary>Transports a <see cref="CutFault"/> to the code that closes the socket.</summary>
internal sealed class ConnectionCutException(CutKind kind) : Exception
{
    internal CutKind Kind => kind;
}
