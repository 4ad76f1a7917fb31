namespace Egress.TestKit.Network;

/// <summary>How a connection ends before its time.</summary>
public enum CutKind
{
    /// <summary>By RST: reading fails. Bytes that the peer has not received yet are lost.</summary>
    Reset,

    /// <summary>By FIN: reading meets the end of the stream.</summary>
    Close,
}

/// <summary>Which way bytes flow.</summary>
public enum Direction
{
    /// <summary>From the server to the client.</summary>
    ToClient,

    /// <summary>From the client to the server.</summary>
    ToServer,
}

/// <summary>
/// What goes wrong on a connection, and after how many bytes. <see cref="FaultProxy"/> counts all bytes of one direction,
/// <see cref="HttpFaultProxy"/> those of the response's body.
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

    /// <summary>Completes when the fault is applied for the first time. Tests await this instead of sleeping.</summary>
    public Task Applied => _applied.Task;

    internal long Offset { get; }

    internal Direction Direction { get; }

    /// <summary>Ends the connection once that many bytes have passed.</summary>
    public static Fault Cut(long afterBytes, CutKind kind = CutKind.Reset, Direction direction = Direction.ToClient) =>
        new CutFault(afterBytes, kind, direction);

    /// <summary>Lets nothing more pass after that many bytes, until <see cref="StallFault.Release"/> or until either side leaves.</summary>
    public static StallFault Stall(long afterBytes, Direction direction = Direction.ToClient) => new(afterBytes, direction);

    /// <summary>Waits once, after that many bytes.</summary>
    public static Fault Delay(TimeSpan delay, long afterBytes = 0, Direction direction = Direction.ToClient) =>
        new DelayFault(delay, afterBytes, direction);

    /// <summary>Inverts the byte at an offset.</summary>
    public static Fault Corrupt(long offset, Direction direction = Direction.ToClient) => new CorruptFault(offset, direction);

    /// <summary>Called when <see cref="Offset"/> bytes have passed and before the next one is read.</summary>
    internal virtual Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
        return Task.CompletedTask;
    }

    /// <summary>Called with the bytes that follow <see cref="Offset"/>, before they are passed on.</summary>
    internal virtual void Change(Span<byte> bytes)
    {
    }

    private protected void Meet() => _applied.TrySetResult();
}

/// <summary>A pause of unknown length.</summary>
public sealed class StallFault : Fault
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal StallFault(long offset, Direction direction)
        : base(offset, direction)
    {
    }

    /// <summary>Lets the bytes pass again, on every connection that met this fault or will meet it.</summary>
    public void Release() => _released.TrySetResult();

    internal override Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
        return _released.Task.WaitAsync(cancellationToken);
    }
}

internal sealed class CutFault(long offset, CutKind kind, Direction direction) : Fault(offset, direction)
{
    internal override Task MeetAsync(CancellationToken cancellationToken)
    {
        Meet();
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

/// <summary>A <see cref="CutFault"/> on its way to the socket that it ends.</summary>
internal sealed class ConnectionCutException(CutKind kind) : Exception
{
    internal CutKind Kind => kind;
}
