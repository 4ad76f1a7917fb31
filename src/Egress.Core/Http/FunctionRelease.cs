namespace Egress.Http;

/// <summary>
/// Allows a function to return before Egress has reported how its request ended. Under the Functions host it is a feature of the <c>HttpContext</c>.
/// </summary>
/// <remarks>
/// When the host shuts down, it disconnects its clients, waits until all functions have returned, and then sends the stop message to the worker. A
/// function that waits for this message would delay it.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class FunctionRelease(TimeProvider time)
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the function may return.</summary>
    public Task Released => _released.Task;

    /// <summary>The timestamp of the clock at which the request ended for its client; null unless <see cref="Release"/> was called.</summary>
    public long? ReleasedAt { get; private set; }

    /// <summary>Allows the function to return. Nothing may be written to the response afterwards.</summary>
    public void Release()
    {
        ReleasedAt = time.GetTimestamp();
        _released.TrySetResult();
    }
}
