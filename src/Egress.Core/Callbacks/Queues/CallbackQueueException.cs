namespace Egress.Callbacks.Queues;

/// <summary>The queue could not be reached, refused, or failed. Whether it did what was asked is unknown.</summary>
/// <param name="message">For the log; holds no secrets.</param>
/// <param name="innerException">What the backend threw.</param>
public sealed class CallbackQueueException(string message, Exception innerException) : Exception(message, innerException);
